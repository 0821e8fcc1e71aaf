using Ptt.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

/// <summary>The fake that other tests stand on keeps the same promises as the spool that mail stands on.</summary>
public sealed class MemorySpoolTests : SpoolContract
{
    private protected override ValueTask<ISpool> OpenAsync() => ValueTask.FromResult<ISpool>(new MemorySpool(Time));
}
