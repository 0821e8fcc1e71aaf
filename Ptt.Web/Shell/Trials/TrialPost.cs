using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Web.Access;
using Ptt.Web.Configuration;
using Ptt.Web.Roles;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Shell.Trials;

/// <summary>
/// Sends test messages through the very chain that a client's mail takes: the first hop of the submission role in this process.
/// Goes on when the page is left; the last few dozen are remembered.
/// </summary>
internal sealed partial class TrialPost(
    IServiceProvider services, IOptions<RoleOptions> roles, UserDirectory users, IAuditLog audit, IOptions<PttOptions> options, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<TrialPost> logger)
{
    private const int Remembered = 50;

    private readonly ConcurrentQueue<Trial> _trials = new();

    public bool IsPossible => roles.Value.Plays(Role.Submission);

    public Trial? Find(string id) => _trials.FirstOrDefault(t => t.Id == id);

    /// <summary>Null when <paramref name="from"/> is no enabled user of ours.</summary>
    public async ValueTask<Trial?> StartAsync(Mailbox from, Mailbox to, string subject, string by, CancellationToken cancellationToken)
    {
        if (users.Find(from) is not { User.Enabled: true } stored)
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        var trial = new Trial(Guid.CreateVersion7(now).ToString("N"), stored.User.Address.ToString(), to.ToString(), by, now);
        _trials.Enqueue(trial);
        while (_trials.Count > Remembered)
        {
            _trials.TryDequeue(out _);
        }

        await audit.RecordAsync(by, "message.test", trial.To, $"from {trial.From}", cancellationToken);
        var envelope = new Envelope
        {
            ReversePath = stored.User.Address,
            Recipients = [new Recipient(to)],
            Origin = new Origin { ReceivedAt = now, SessionId = "test-" + trial.Id[^8..], Login = new Login { Address = stored.User.Address, SendAs = stored.User.SendAs, Version = stored.Version } },
            SmtpUtf8 = stored.User.Address.IsInternationalized || to.IsInternationalized,
        };
        _ = RunAsync(trial, envelope, Write(trial, subject), lifetime.ApplicationStopping);
        return trial;
    }

    private async Task RunAsync(Trial trial, Envelope envelope, byte[] octets, CancellationToken stopping)
    {
        try
        {
            await Task.Yield();
            var builder = new MessageContentBuilder();
            await using (builder)
            {
                builder.Append(octets);
                await using MessageContent content = builder.ToContent();
                Reply reply = await services.GetRequiredService<IEntrances>().For(Role.Submission).AcceptAsync(envelope, content, stopping);
                trial.SpoolId = reply.Code == 250 && SpoolId.TryParse(reply.Text.Split(' ')[^1], out SpoolId id) ? id : null;
                (trial.Reply, trial.RepliedAt) = (reply, time.GetUtcNow());
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            TrialFaulted(trial.Id, fault);
            (trial.Reply, trial.RepliedAt) = (new Reply(451, new(3, 0), "The pipeline failed; the log says how"), time.GetUtcNow());
        }
    }

    private byte[] Write(Trial trial, string subject) => Encoding.UTF8.GetBytes(string.Join("\r\n",
        $"From: <{trial.From}>", $"To: <{trial.To}>", $"Subject: {Encoded(subject)}",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
        $"This is a test message of Ptt at {options.Value.Hostname}.", "", $"It was asked for by {trial.By}.", ""));

    // RFC 2047 §2: at most 75 characters an encoded word, so the text is cut into pieces of 30 runes.
    private static string Encoded(string subject)
    {
        string text = string.Concat(subject.Select(c => char.IsControl(c) ? ' ' : c));
        return Ascii.IsValid(text)
            ? text
            : string.Join("\r\n ", text.EnumerateRunes().Chunk(10).Select(c => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(c)))}?="));
    }

    [LoggerMessage(9101, LogLevel.Error, "Test message {Trial} faulted")]
    private partial void TrialFaulted(string trial, Exception fault);
}
