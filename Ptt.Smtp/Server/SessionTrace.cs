using System.Buffers;
using System.Net;
using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>
/// A session's side of <see cref="SessionTraceHub"/>. What was said before the login is known is kept for a while, so that whoever watches a
/// login sees how it came about.
/// </summary>
internal sealed class SessionTrace(SessionTraceHub hub, string sessionId, IPAddress client, TimeProvider time)
{
    private const int MostKept = 60;

    private List<TraceLine>? _kept;
    private string? _login;

    public void LoggedIn(string login)
    {
        _login = login;
        _kept?.ForEach(line => hub.Replay(line with { Login = login }));
        _kept = null;
    }

    /// <summary>A line of the client; of an AUTH exchange nothing is shown but that it took place.</summary>
    public void Heard(in ReadOnlySequence<byte> line, bool secret)
    {
        if (hub.IsWatched)
        {
            Add(fromClient: true, secret ? "***" : Redacted(Encoding.UTF8.GetString(line.Slice(0, Math.Min(line.Length, 500)))));
        }
    }

    public void Said(Reply reply)
    {
        if (hub.IsWatched)
        {
            Add(fromClient: false, reply.Code == 334 ? "334 ***" : reply.ToString());
        }
    }

    /// <summary>What happened that is no line: a handshake, the end.</summary>
    public void Note(string text)
    {
        if (hub.IsWatched)
        {
            Add(fromClient: false, $"({text})");
        }
    }

    private void Add(bool fromClient, string text)
    {
        var line = new TraceLine(time.GetUtcNow(), sessionId, client, _login, fromClient, text);
        hub.Add(line);
        if (_login is null && (_kept ??= []).Count < MostKept)
        {
            _kept.Add(line);
        }
    }

    private static string Redacted(string line)
    {
        string shown = string.Create(line.Length, line, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = char.IsControl(from[i]) ? '?' : from[i];
            }
        });
        if (!shown.TrimStart().StartsWith("AUTH", StringComparison.OrdinalIgnoreCase))
        {
            return shown;
        }

        string[] words = shown.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 3 ? shown : $"{words[0]} {words[1]} ***";
    }
}
