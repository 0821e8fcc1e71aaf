using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>
/// Objects by name, from one <c>git cat-file --batch</c> that stays: to start a program for each would cost more than to read. It sees what
/// others add to the repository, and is begun anew when it has ended. One who asks at a time.
/// </summary>
internal sealed class GitObjects(GitCommand git) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Process? _process;
    private PipeReader? _output;

    /// <summary>Each that was asked for, in that order: an id or the full name of a ref; null where there is none.</summary>
    public async Task<GitObject?[]> ReadAsync(IReadOnlyList<string> names, int atMost, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
        {
            return [];
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            bool stayed = _process is not null;
            try
            {
                return await AskAsync(names, atMost, cancellationToken);
            }
            catch (Exception fault) when (stayed && fault is GitException or IOException)
            {
                return await AskAsync(names, atMost, cancellationToken);   // it had ended meanwhile
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<GitObject?> ReadAsync(string name, int atMost, CancellationToken cancellationToken) => (await ReadAsync([name], atMost, cancellationToken))[0];

    /// <summary>Lets go of the files that it has open; the next who asks begins it anew.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        End();
        _turn.Release();
    }

    public void Dispose()
    {
        End();
        _turn.Dispose();
    }

    private async Task<GitObject?[]> AskAsync(IReadOnlyList<string> names, int atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(git.Timeout);
        try
        {
            if (_process is null)
            {
                _process = git.Open(["-c", "core.deltaBaseCacheLimit=16m", "cat-file", "--batch"]);
                _output = GitObject.Reader(_process.StandardOutput.BaseStream);
            }

            // Asked while the answers are read: neither pipe can fill up for good.
            Task asked = _process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', names) + "\n"), limit.Token).AsTask();
            var found = new GitObject?[names.Count];
            for (int i = 0; i < found.Length; i++)
            {
                found[i] = await GitObject.ReadAsync(_output!, atMost, limit.Token);
            }

            await asked;
            await _process.StandardInput.BaseStream.FlushAsync(limit.Token);
            return found;
        }
        catch (Exception fault)
        {
            End();   // what it would say next belongs to this question
            if (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new GitException("git cat-file: no answer in time");
            }

            throw;
        }
    }

    private void End()
    {
        if (_process is { } process)
        {
            GitCommand.End(process);
            process.Dispose();
        }

        (_process, _output) = (null, null);
    }
}
