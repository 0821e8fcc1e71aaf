using System.Text;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Server;

internal enum Pace
{
    Whole,
    LineByLine,
    ByteByByte,
}

/// <summary>
/// A conversation from a file. "C:" is a line of the client; "R:" octets of the client with the escapes \r \n \0 \xNN and no line end of their own;
/// "S:" a line of the server, where * stands for anything, and a line "250-*" for any number of continuation lines; "M:" the lines of
/// the message that was handed on last. "@ name value" sets the scene; "-- tls", "-- close" (the server does), "-- hangup" (the client does),
/// "-- stop" (SIGTERM), "-- wait seconds", "-- revoke address" are what happens.
/// </summary>
internal sealed class Story(string name, IReadOnlyList<string> lines)
{
    public static IEnumerable<string> Names => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Stories"), "*.story").Select(f => Path.GetFileNameWithoutExtension(f)!).Order();

    public static Story Load(string name) => new(name, File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Stories", name + ".story")));

    /// <summary>"@ whole": what matters is that the octets come at once, so there is one pace to play it at.</summary>
    private bool WholeOnly => lines.Contains("@ whole");

    public IEnumerable<string> Heard => lines.Where(l => l.StartsWith("S:", StringComparison.Ordinal)).Select(l => l[2..].TrimStart(' '));

    public async Task PlayAsync(Pace pace)
    {
        pace = WholeOnly ? Pace.Whole : pace;
        await using var bench = new SmtpBench();
        foreach (string line in lines.Where(l => l.StartsWith("@ ", StringComparison.Ordinal)))
        {
            Set(bench, line[2..].Split(' ', 2));
        }

        bench.Start();
        int at = 0;
        try
        {
            while (at < lines.Count)
            {
                at = await StepAsync(bench, at, pace);
            }
        }
        catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"{name}, line {at + 1} ({lines[at]}), {pace}: {fault.Message}", fault);
        }
    }

    private async Task<int> StepAsync(SmtpBench bench, int at, Pace pace)
    {
        string line = lines[at];
        switch (line)
        {
            case "" or ['#', ..] or ['@', ..]:
                return at + 1;
            case ['C' or 'R', ':', ..]:
                int end = at;
                while (end < lines.Count && lines[end] is ['C' or 'R', ':', ..])
                {
                    end++;
                }

                await SpeakAsync(bench, lines.Skip(at).Take(end - at).Select(Octets), pace);
                return end;
            case ['S', ':', ..]:
                return await HearAsync(bench, at);
            case ['M', ':', ..]:
                int last = at;
                while (last < lines.Count && lines[last].StartsWith("M:", StringComparison.Ordinal))
                {
                    last++;
                }

                string wanted = string.Concat(lines.Skip(at).Take(last - at).Select(l => l[2..].TrimStart(' ') + "\r\n"));
                Assert.Equal(wanted, bench.Hop.Taken[^1].Content);
                return last;
            case "-- tls":
                await bench.HandshakeAsync();
                return at + 1;
            case "-- close":
                Assert.Null(await bench.LineAsync());
                return at + 1;
            case "-- hangup":
                bench.HangUp();
                await bench.Session.WaitAsync(TimeSpan.FromSeconds(120));
                return at + 1;
            case "-- stop":
                bench.RequestClose();
                return at + 1;
            case "-- nothing taken":
                Assert.Empty(bench.Hop.Taken);
                return at + 1;
            case ['-', '-', ' ', 'w', 'a', 'i', 't', ' ', .. var seconds]:
                await PassAsync(bench, TimeSpan.FromSeconds(int.Parse(seconds)));
                return at + 1;
            case ['-', '-', ' ', 'r', 'e', 'v', 'o', 'k', 'e', ' ', .. var address]:
                bench.Users.Revoke(address);
                return at + 1;
            default:
                throw new FormatException("Not a line of a story.");
        }
    }

    // The session may not have begun to wait yet: time passes in small steps until it has noticed.
    private static async Task PassAsync(SmtpBench bench, TimeSpan time)
    {
        for (int i = 0; i < 10; i++)
        {
            for (int tries = 0; !bench.Time.IsAwaited && !bench.Session.IsCompleted && tries < 2000; tries++)
            {
                await Task.Delay(5);
            }

            bench.Time.Advance(time / 10);
            await Task.Delay(5);
        }
    }

    private static async Task SpeakAsync(SmtpBench bench, IEnumerable<byte[]> lines, Pace pace)
    {
        byte[][] pieces = pace switch
        {
            Pace.Whole => [lines.SelectMany(l => l).ToArray()],
            Pace.LineByLine => [.. lines],
            _ => [.. lines.SelectMany(l => l).Select(b => new[] { b })],
        };
        foreach (byte[] piece in pieces)
        {
            await bench.SendAsync(piece);
        }
    }

    private async Task<int> HearAsync(SmtpBench bench, int at)
    {
        string pattern = lines[at][2..].TrimStart(' ');
        string? heard = await bench.LineAsync();
        if (pattern is [_, _, _, '-', '*'])
        {
            while (heard is not null && heard.StartsWith(pattern[..4], StringComparison.Ordinal))
            {
                heard = await bench.LineAsync();
            }

            pattern = lines[++at][2..].TrimStart(' ');
        }

        Assert.True(heard is not null && Matches(heard, pattern), $"{name}, line {at + 1}: expected '{pattern}', heard '{heard ?? "the end"}'");
        return at + 1;
    }

    private static bool Matches(string text, string pattern)
    {
        string[] parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return text == pattern;
        }

        int from = parts[0].Length;
        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal))
        {
            return false;
        }

        foreach (string part in parts[1..^1])
        {
            int found = text.IndexOf(part, from, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            from = found + part.Length;
        }

        return true;
    }

    private static byte[] Octets(string line)
    {
        string text = line[2..].StartsWith(' ') ? line[3..] : line[2..];
        if (line[0] == 'C')
        {
            return Encoding.UTF8.GetBytes(text + "\r\n");
        }

        var octets = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                octets.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
                continue;
            }

            switch (text[++i])
            {
                case 'r': octets.Add((byte)'\r'); break;
                case 'n': octets.Add((byte)'\n'); break;
                case '0': octets.Add(0); break;
                case 'x':
                    octets.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                    i += 2;
                    break;
                case '*':                                                  // \*N,c : N times the character c
                    int comma = text.IndexOf(',', i);
                    octets.AddRange(Enumerable.Repeat((byte)text[comma + 1], int.Parse(text[(i + 1)..comma])));
                    i = comma + 1;
                    break;
                default: throw new FormatException("No such escape.");
            }
        }

        return [.. octets];
    }

    private static void Set(SmtpBench bench, string[] setting)
    {
        string value = setting.Length > 1 ? setting[1] : "";
        switch (setting[0])
        {
            case "relay":                                                  // an inner listener on loopback: no TLS, no AUTH
                bench.Profile = bench.Profile with { Role = Role.Relay, Tls = null, TlsRequired = false, Authenticator = null };
                break;
            case "inner":                                                  // an inner listener: STARTTLS, no AUTH
                bench.Profile = bench.Profile with { Role = Role.Signer, Authenticator = null };
                break;
            case "client-certificate":
                bench.Profile = bench.Profile with { Role = Role.Signer, Authenticator = null, ClientCertificateRequired = true };
                break;
            case "no-tls":
                bench.Profile = bench.Profile with { Tls = null, TlsRequired = false };
                break;
            case "requiretls":
                bench.Profile = bench.Profile with { OffersRequireTls = true };
                break;
            case "answer":
                bench.Hop.Answer = _ => ParseReply(value);
                break;
            case "whole":
                break;
            case "throws":
                bench.Hop.Answer = _ => throw new InvalidOperationException("A fault of the next hop.");
                break;
            case "verdict":
                bench.Users.Always = value switch
                {
                    "throttled" => new Ptt.Smtp.Sasl.AuthVerdict.Throttled(TimeSpan.FromMinutes(1)),
                    _ => new Ptt.Smtp.Sasl.AuthVerdict.Unavailable(),
                };
                break;
            case "authenticator-throws":
                bench.Users.Throws = true;
                break;
            case "max-sessions":
                bench.Users.MaxSessions = int.Parse(value);
                break;
            case "size": bench.Limits.MessageSize = long.Parse(value); break;
            case "recipients": bench.Limits.Recipients = int.Parse(value); break;
            case "errors": bench.Limits.Errors = int.Parse(value); break;
            case "idle-commands": bench.Limits.IdleCommands = int.Parse(value); break;
            case "grace": bench.Limits.DataGrace = TimeSpan.FromSeconds(int.Parse(value)); break;
            default: throw new FormatException($"No such setting: {setting[0]}");
        }
    }

    private static Ptt.Smtp.Protocol.Reply ParseReply(string text)
    {
        var buffer = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text + "\r\n"));
        Ptt.Smtp.Protocol.ReplyReader.TryRead(ref buffer, out Ptt.Smtp.Protocol.Reply? reply);
        return reply!;
    }
}
