namespace Ptt.Web.Monitoring;

/// <summary>Does one thing when everything has been started.</summary>
internal sealed class OnStarted(Action act) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        act();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
