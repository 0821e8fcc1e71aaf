using Ptt.Smtp.Relay.Sources;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Outbound;

/// <summary>Writes down what was counted, every few seconds and at the end, and sends the reports that are due. A crash forgets a few seconds of counting.</summary>
internal sealed partial class OutboundWorker(
    OutboundStore store, SourceAddresses sources, SourceLedger ledger, TlsReportBook book, TlsReportSender sender, TimeProvider time, ILogger<OutboundWorker> logger) : BackgroundService
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(10), LookEvery = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        DateTimeOffset look = time.GetUtcNow() + WriteEvery;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(WriteEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                Write();
                if (time.GetUtcNow() >= look && !stoppingToken.IsCancellationRequested)
                {
                    look = time.GetUtcNow() + LookEvery;
                    await sender.SendDueAsync(stoppingToken);
                    store.Checkpoint();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Faulted(fault);      // the disk, or a bug of ours: counted on, tried again
            }
        }
    }

    private void Write()
    {
        try
        {
            book.Write();
            ledger.Save(sources.Counts());
        }
        catch (SqliteFault fault)
        {
            Faulted(fault);
        }
    }

    [LoggerMessage(3701, LogLevel.Error, "The relay's records could not be written or its reports not sent; tried again")]
    private partial void Faulted(Exception fault);
}
