using System.Globalization;
using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>
/// One mail transaction (RFC 5321 §3.3) over an open session. With PIPELINING the commands go in one packet and the replies are
/// read after it (RFC 2920); with CHUNKING (RFC 3030) a small message goes in that packet too, so that the whole costs one round
/// trip. The content never goes out when it could be read two ways: see <see cref="ContentEncoder"/>.
/// </summary>
internal sealed class ClientTransaction(
    SmtpClientSession session, Envelope envelope, IReadOnlyList<Recipient> recipients, MessageContent content, bool allOrNothing)
{
    /// <summary>So many RCPT go out before their replies are read: more could fill both directions and stop everything.</summary>
    private const int RecipientsInOneGroup = 100;

    /// <summary>Content up to this size goes out with its commands, before we know that anyone takes it.</summary>
    private const int SmallContent = 48 * 1024;

    private readonly ClientWire _wire = session.Wire;
    private readonly ClientTimeouts _timeouts = session.Timeouts;
    private readonly PeerExtensions _peer = session.Peer;
    private readonly RecipientReplies _replies = new(recipients.Count, session.Wire);
    private bool _heard;
    private bool _contentSent;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TransactionResult> RunAsync()
    {
        if (PeerFitness.Refusal(_peer, envelope, recipients, content, out bool utf8) is { } local)
        {
            return new TransactionResult(_replies.All(local, SmtpPhase.Mail), SmtpPhase.Mail, local);
        }

        bool first = session.Transactions == 1;
        if (session.NeedsReset)
        {
            _wire.WriteAscii("RSET\r\n");
            if (!_peer.Pipelining && await FlushAndReadAsync(_timeouts.Mail, "the reply to RSET").ConfigureAwait(false) is { IsPositive: false } unreset)
            {
                return Ended(unreset, SmtpPhase.Mail, stale: !first);
            }
        }

        CommandWriter.Mail(_wire, _peer, envelope, content.Length, utf8, envelope.EightBit);
        return _peer.Pipelining
            ? await PipelinedAsync(stale: !first).ConfigureAwait(false)
            : await StepwiseAsync(stale: !first).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionResult> PipelinedAsync(bool stale)
    {
        bool chunking = _peer.Chunking && ContentWriter.EndsWithCrLf(content);
        // Everything in one group: only where a recipient that is refused does not call the rest back.
        bool together = !allOrNothing && recipients.Count <= RecipientsInOneGroup;
        bool contentToo = together && chunking && content.Length <= SmallContent && content.TryGetMemory(out _);
        bool reset = session.NeedsReset;
        bool mailRead = false;
        _contentSent = contentToo;

        for (int i = 0; i < recipients.Count; i++)
        {
            CommandWriter.Rcpt(_wire, _peer, recipients[i]);
            if ((i + 1) % RecipientsInOneGroup == 0 && i + 1 < recipients.Count)
            {
                if (await ReadGroupAsync(i + 1).ConfigureAwait(false) is { } ended)
                {
                    return ended;
                }
            }
        }

        if (contentToo)
        {
            WriteBdat(content.Length);
            if (!ContentWriter.TryWriteWhole(content, _wire))
            {
                _wire.Discard();
                return new TransactionResult(_replies.All(ClientReplies.BareLineEnd, SmtpPhase.Data), SmtpPhase.Data, ClientReplies.BareLineEnd);
            }
        }
        else if (together && !chunking)
        {
            _wire.WriteAscii("DATA\r\n");
        }

        if (await ReadGroupAsync(recipients.Count).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        if (contentToo)
        {
            return await EndAsync("the reply to the message").ConfigureAwait(false);
        }

        if (_replies.Accepted < (allOrNothing ? recipients.Count : 1))
        {
            return await NobodyAsync(dataSent: together && !chunking).ConfigureAwait(false);
        }

        return chunking
            ? await ChunkedAsync().ConfigureAwait(false)
            : await DataAsync(sent: together).ConfigureAwait(false);

        async ValueTask<TransactionResult?> ReadGroupAsync(int rcptSent)
        {
            if (!await _wire.FlushAsync(_timeouts.DataBlock, "the commands to be taken").ConfigureAwait(false))
            {
                return Ended(_wire.Fault!, SmtpPhase.Mail, stale);
            }

            if (reset)
            {
                Reply unreset = await ReadAsync(_timeouts.Mail, "the reply to RSET").ConfigureAwait(false);
                reset = session.NeedsReset = false;
                if (!unreset.IsPositive)
                {
                    session.IsClosing = true;           // whatever state it is in, not one to go on from
                    return Ended(unreset, SmtpPhase.Mail, stale);
                }
            }

            if (!mailRead)
            {
                Reply mail = await ReadAsync(_timeouts.Mail, "the reply to MAIL").ConfigureAwait(false);
                mailRead = true;
                if (!mail.IsPositive)
                {
                    return await MailRefusedAsync(mail, rcptSent, contentToo, together && !chunking, stale).ConfigureAwait(false);
                }
            }

            while (_replies.Read < rcptSent)
            {
                if (!await ReadRcptAsync().ConfigureAwait(false))
                {
                    return Ended(_replies.Last, SmtpPhase.Rcpt, stale: false);
                }
            }

            return null;
        }
    }

    private async ValueTask<TransactionResult> StepwiseAsync(bool stale)
    {
        session.NeedsReset = false;
        Reply mail = await FlushAndReadAsync(_timeouts.Mail, "the reply to MAIL").ConfigureAwait(false);
        if (!mail.IsPositive)
        {
            return Ended(mail, SmtpPhase.Mail, stale);
        }

        foreach (Recipient recipient in recipients)
        {
            CommandWriter.Rcpt(_wire, _peer, recipient);
            if (!await _wire.FlushAsync(_timeouts.Rcpt, "RCPT to be taken").ConfigureAwait(false) | !await ReadRcptAsync().ConfigureAwait(false))
            {
                return Ended(_replies.Last, SmtpPhase.Rcpt, stale: false);
            }
        }

        return _replies.Accepted < (allOrNothing ? recipients.Count : 1) ? await NobodyAsync(dataSent: false).ConfigureAwait(false)
            : _peer.Chunking && ContentWriter.EndsWithCrLf(content) ? await ChunkedAsync().ConfigureAwait(false)
            : await DataAsync(sent: false).ConfigureAwait(false);
    }

    /// <summary>False when the session ended with this reply; it then stands for the recipients that got none.</summary>
    private async ValueTask<bool> ReadRcptAsync()
    {
        Reply reply = await ReadAsync(_timeouts.Rcpt, "the reply to RCPT").ConfigureAwait(false);
        _replies.Add(reply);
        return session.IsUsable;
    }

    /// <summary>The rest of the group was answered too: read it, so that the session stays in step.</summary>
    private async ValueTask<TransactionResult> MailRefusedAsync(Reply mail, int rcptSent, bool contentSent, bool dataSent, bool stale)
    {
        while (session.IsUsable && _replies.Read < rcptSent)
        {
            await ReadAsync(_timeouts.Rcpt, "the reply to RCPT").ConfigureAwait(false);
            _replies.Skip();
        }

        if (session.IsUsable && contentSent)
        {
            await ReadAsync(_timeouts.DataTermination, "the reply to BDAT").ConfigureAwait(false);
        }
        else if (session.IsUsable && dataSent && (await ReadAsync(_timeouts.DataInitiation, "the reply to DATA").ConfigureAwait(false)).Code == 354)
        {
            await EmptyAsync().ConfigureAwait(false);
        }

        return Ended(mail, SmtpPhase.Mail, stale);
    }

    /// <summary>No recipient is left (or not all of them, where all must be): the transaction is given up.</summary>
    private async ValueTask<TransactionResult> NobodyAsync(bool dataSent)
    {
        session.NeedsReset = true;
        if (dataSent && session.IsUsable
            && (await ReadAsync(_timeouts.DataInitiation, "the reply to DATA").ConfigureAwait(false)).Code == 354)
        {
            await EmptyAsync().ConfigureAwait(false);
        }

        Reply reply = _replies.FirstRefusal;
        return new TransactionResult(allOrNothing ? _replies.Settle(reply, SmtpPhase.Rcpt) : _replies.AsTheyAre, SmtpPhase.Rcpt, reply) { Lost = !session.IsUsable };
    }

    /// <summary>RFC 2920 §3.1: a server may say 354 although nobody is left; an end of data and nothing before it is what it gets.</summary>
    private async ValueTask EmptyAsync()
    {
        _wire.WriteAscii(".\r\n");
        await FlushAndReadAsync(_timeouts.DataTermination, "the reply to the final dot").ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionResult> DataAsync(bool sent)
    {
        if (!sent)
        {
            _wire.WriteAscii("DATA\r\n");
            await _wire.FlushAsync(_timeouts.DataInitiation, "DATA to be taken").ConfigureAwait(false);
        }

        Reply go = await ReadAsync(_timeouts.DataInitiation, "the reply to DATA").ConfigureAwait(false);
        if (go.Code != 354)
        {
            session.NeedsReset = true;
            return Ended(go.IsPositive ? ClientReplies.NotSmtp : go, SmtpPhase.Data, stale: false);
        }

        if (await ContentWriter.WriteAsync(content, _wire, stuffing: true, _timeouts).ConfigureAwait(false) is { } stopped)
        {
            return Stopped(stopped);
        }

        // The dot leaves in the same write as the end of the message: two would wait for each other (Nagle, delayed ACK).
        _wire.WriteAscii(".\r\n");
        return await EndAsync("the reply to the final dot").ConfigureAwait(false);
    }

    private async ValueTask<TransactionResult> ChunkedAsync()
    {
        WriteBdat(content.Length);
        return await ContentWriter.WriteAsync(content, _wire, stuffing: false, _timeouts).ConfigureAwait(false) is { } stopped
            ? Stopped(stopped)
            : await EndAsync("the reply to BDAT").ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionResult> EndAsync(string what)
    {
        bool sent = await _wire.FlushAsync(_timeouts.DataBlock, "the content to be taken").ConfigureAwait(false);
        Reply reply = sent
            ? await _wire.ReadReplyAsync(_timeouts.DataTermination, what).ConfigureAwait(false)
            : _wire.Fault!;
        session.IsClosing |= reply.Code == 421;
        // A refused BDAT leaves the transaction open (RFC 3030 §2); after DATA it is over either way, and RSET does no harm.
        session.NeedsReset = !reply.IsPositive;
        if (_replies.Accepted == 0 && !reply.IsPositive && !ReferenceEquals(reply, _wire.Fault))
        {
            // BDAT went together with the commands, and is refused because nobody was taken: the reason is what RCPT was told.
            return new TransactionResult(_replies.AsTheyAre, SmtpPhase.Rcpt, _replies.FirstRefusal) { Lost = !session.IsUsable };
        }

        return new TransactionResult(_replies.Settle(reply, SmtpPhase.EndOfData), SmtpPhase.EndOfData, reply)
        {
            PerhapsDelivered = sent && ReferenceEquals(reply, _wire.Fault),
            Lost = !session.IsUsable,
        };
    }

    /// <summary>In the middle of the content: broken off, by the remote or by us.</summary>
    private TransactionResult Stopped(Reply reply) => new(_replies.Settle(reply, SmtpPhase.Data), SmtpPhase.Data, reply) { Lost = true };

    private void WriteBdat(long length) => _wire.WriteAscii(string.Create(CultureInfo.InvariantCulture, $"BDAT {length} LAST\r\n"));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ReadAsync(TimeSpan timeout, string what)
    {
        Reply reply = await _wire.ReadReplyAsync(timeout, what, terse: true).ConfigureAwait(false);
        _heard |= !ReferenceEquals(reply, _wire.Fault);
        session.IsClosing |= reply.Code == 421;
        return reply;
    }

    private async ValueTask<Reply> FlushAndReadAsync(TimeSpan timeout, string what)
    {
        await _wire.FlushAsync(timeout, what).ConfigureAwait(false);
        return await ReadAsync(timeout, what).ConfigureAwait(false);
    }

    /// <summary>Before the content went: the reply stands for every recipient that has not been refused already.</summary>
    private TransactionResult Ended(Reply reply, SmtpPhase phase, bool stale) =>
        new(_replies.Settle(reply, phase), phase, reply)
        {
            Lost = !session.IsUsable,
            WasStale = stale && !_heard,
            PerhapsDelivered = _contentSent && _heard && ReferenceEquals(reply, _wire.Fault),
        };
}
