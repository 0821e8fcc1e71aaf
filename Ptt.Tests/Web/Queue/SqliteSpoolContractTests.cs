using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Smtp.Relay;
using Ptt.Tests.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

public class SqliteSpoolContractTests : SpoolContract
{
    private readonly TemporaryDirectory _directory = new();
    private SqliteSpool? _spool;

    private protected virtual SpoolOptions Options => new();

    private protected override ValueTask<ISpool> OpenAsync()
    {
        _spool = SqliteSpool.Open(_directory.File("spool.db"), Options, Time, NullLogger.Instance);
        return ValueTask.FromResult<ISpool>(_spool);
    }

    private protected override async ValueTask CloseAsync()
    {
        await _spool!.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>The same with hardly any memory: everything is leased from disk.</summary>
public sealed class SqliteSpoolWithoutWindowContractTests : SqliteSpoolContractTests
{
    private protected override SpoolOptions Options => new() { WindowDeliveries = 1, WindowBytes = 0 };
}
