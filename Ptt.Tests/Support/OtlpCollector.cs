using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Ptt.Tests.Support;

/// <summary>What an OTLP collector is told over HTTP in protobuf (opentelemetry.proto.collector.trace.v1 and metrics.v1): names and identifiers, nothing more.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly HttpListener _http = new();
    private readonly Task _loop;

    public OtlpCollector()
    {
        EndPoint = $"http://127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}";
        _http.Prefixes.Add(EndPoint + "/");
        _http.Start();
        _loop = RunAsync();
    }

    public string EndPoint { get; }

    public ConcurrentQueue<Span> Spans { get; } = new();

    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    /// <summary>What was said of the sender: service.name, ptt.roles, ….</summary>
    public ConcurrentDictionary<string, bool> Resources { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _http.Stop();
        await _loop;
        _http.Close();
    }

    private async Task RunAsync()
    {
        while (_http.IsListening)
        {
            try
            {
                HttpListenerContext context = await _http.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Take(context.Request.Url!.AbsolutePath, body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception over) when (over is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(string path, byte[] request)
    {
        foreach (byte[] resource in Fields(request, 1))
        {
            foreach (byte[] attribute in Fields(resource, 1).SelectMany(r => Fields(r, 1)))
            {
                Resources[$"{Text(attribute, 1)}={string.Concat(Fields(attribute, 2).Select(v => Text(v, 1)))}"] = true;
            }

            foreach (byte[] item in Fields(resource, 2).SelectMany(scope => Fields(scope, 2)))
            {
                if (path == "/v1/traces")
                {
                    Spans.Enqueue(new Span(Hex(item, 1), Hex(item, 2), Hex(item, 4), Text(item, 5)));
                }
                else if (path == "/v1/metrics")
                {
                    Metrics[Text(item, 1)] = true;
                }
            }
        }
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Fields(message, field).FirstOrDefault() ?? []);

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault() ?? []);

    /// <summary>The length-delimited fields of that number (protobuf's wire format).</summary>
    private static IEnumerable<byte[]> Fields(byte[] message, int field)
    {
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    if ((int)(tag >> 3) == field)
                    {
                        yield return message[at..(at + length)];
                    }

                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte octet = message[at++];
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                return value;
            }
        }
    }

    public sealed record Span(string Trace, string Id, string Parent, string Name);
}
