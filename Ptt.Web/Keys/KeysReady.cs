using Ptt.Web.Configuration;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Web.Keys;

/// <summary>Ready once the keys of every domain were read from disk: from then on each message gets its answer, if only "later".</summary>
internal sealed class KeysReady(KeyWorker worker) : IDependency
{
    public string Name => "keys";

    public ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        worker.IsLoaded ? DependencyState.Ready : DependencyState.Not("The keys are being read."));
}
