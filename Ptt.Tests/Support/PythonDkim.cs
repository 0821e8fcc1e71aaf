using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Ptt.Tests.Support;

/// <summary>
/// python3-dkim as a receiver: for each line of input it verifies every letter of a directory, asking one name server itself. One process for all the times that a test asks.
/// </summary>
internal sealed class PythonDkim : IAsyncDisposable
{
    private const string Script = """
        import os, sys, dkim, dns.resolver
        for line in sys.stdin:
            directory, address, port = line.split()
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = [address], int(port)
            def lookup(name, timeout=5):
                at = name.decode()
                for _ in range(8):                      # an authoritative server leaves the end of an alias to whoever asks
                    try:
                        answer = resolver.resolve(at, "TXT", raise_on_no_answer=False)
                    except dns.exception.DNSException:
                        return None
                    if answer.rrset is not None:
                        return b"".join(answer.rrset[0].strings)
                    if answer.canonical_name == answer.qname:
                        return None
                    at = answer.canonical_name.to_text()
            for name in sorted(os.listdir(directory)):
                message = open(os.path.join(directory, name), "rb").read()
                for i in range(message.lower().count(b"dkim-signature:")):
                    try:
                        print(name, i, dkim.DKIM(message).verify(idx=i, dnsfunc=lookup))
                    except Exception as fault:
                        print(name, i, repr(fault).replace("\n", " "))
            print("end", flush=True)
        """;

    private readonly Process _process = new()
    {
        StartInfo = new ProcessStartInfo("/usr/bin/python3", ["-u", "-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true },
    };

    public PythonDkim() => _process.Start();

    /// <summary>A line for each signature: the file, its number, and True when it verifies.</summary>
    public async Task<IReadOnlyList<string>> VerifyAsync(string directory, IPEndPoint server)
    {
        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{directory} {server.Address} {server.Port}"));
        var lines = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "end")
            {
                return lines;
            }

            lines.Add(line);
        }

        throw new InvalidOperationException("python3 ended: is python3-dkim installed? ./test.sh does it.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
