using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Tests.Support;

/// <summary>A next hop that keeps what it gets. <see cref="Answer"/> replaces its 250.</summary>
internal sealed class RecordingHop : INextHop
{
    private readonly List<(Envelope Envelope, string Content)> _taken = [];

    public Func<Envelope, Reply>? Answer { get; set; }

    public IReadOnlyList<(Envelope Envelope, string Content)> Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }
    }

    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        await using Stream stream = content.OpenRead();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        string text = await reader.ReadToEndAsync(cancellationToken);
        Reply reply = Answer?.Invoke(envelope) ?? Replies.Queued("0");
        if (reply.IsPositive)
        {
            lock (_taken)
            {
                _taken.Add((envelope, text));
            }
        }

        return reply;
    }
}
