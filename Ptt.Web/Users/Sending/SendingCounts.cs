using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Ptt.Mail;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Sending;

/// <summary>
/// What each login has sent, in windows that slide by five minutes, and whom it has written to within 90 days. Counted in memory,
/// written down every few seconds and at the end: a crash forgets seconds, a restart nothing.
/// </summary>
internal sealed class SendingCounts(IDbContextFactory<UsersStateDb> databases, TimeProvider time)
{
    private const int MaxKnown = 20_000;
    private const int KnownDays = 90;

    private readonly ConcurrentDictionary<string, SentByLogin> _senders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SentByLogin> _dirty = new(StringComparer.Ordinal);

    public object LockOf(Mailbox login) => SenderOf(login);

    public Usage UsageOf(Mailbox login)
    {
        SentByLogin sender = SenderOf(login);
        lock (sender)
        {
            sender.SumUp(Slot());
            return new Usage(
                sender.LastHour, sender.LastDay, sender.NewLastDay, sender.Days, sender.MeanNew, sender.DeliveredLastDay, sender.UnknownLastDay, sender.Delivered, sender.Unknown);
        }
    }

    /// <summary>What recipients are known by here.</summary>
    public static long[] KeysOf(IReadOnlyList<Mailbox> recipients)
    {
        var keys = new long[recipients.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Hash(recipients[i]);
        }

        return keys;
    }

    /// <summary>How many of these the login has not written to before.</summary>
    public int CountNew(Mailbox login, long[] recipients) => CountNew(SenderOf(login), recipients);

    public void Add(Mailbox login, long[] recipients)
    {
        SentByLogin sender = SenderOf(login);
        int strangers = CountNew(sender, recipients);
        long slot = Slot();
        sender.CloseDays(slot / SentByLogin.SlotsPerDay);
        sender.Count(slot, recipients.Length, strangers);
        int day = (int)(slot / SentByLogin.SlotsPerDay);
        foreach (long recipient in recipients)
        {
            bool known = sender.Known.TryGetValue(recipient, out int last);
            if (known ? last != day : sender.Known.Count < MaxKnown)
            {
                sender.Known[recipient] = day;
                sender.Unsaved.Add(recipient);
            }
        }

        _dirty[login.ToString()] = sender;
    }

    /// <summary>What became of its recipients, so many more.</summary>
    public void AddResults(Mailbox login, int delivered, int unknown)
    {
        SentByLogin sender = SenderOf(login);
        long slot = Slot();
        sender.CloseDays(slot / SentByLogin.SlotsPerDay);
        sender.CountResults(slot, delivered, unknown);
        _dirty[login.ToString()] = sender;
    }

    public string? HeldReason(Mailbox login) => SenderOf(login).HeldReason;

    public void Hold(Mailbox login, string reason)
    {
        SentByLogin sender = SenderOf(login);
        (sender.HeldReason, sender.HeldSince) = (sender.HeldReason ?? reason, sender.HeldSince ?? time.GetUtcNow().ToUnixTimeSeconds());
        _dirty[login.ToString()] = sender;
    }

    /// <summary>An administrator looked and found it good: what it did becomes what is usual.</summary>
    public void Release(Mailbox login)
    {
        SentByLogin sender = SenderOf(login);
        lock (sender)
        {
            (sender.HeldReason, sender.HeldSince) = (null, null);
            sender.MeanNew = Math.Max(sender.MeanNew, sender.Slots.Sum(s => (long)s.Value.New));
            sender.ForgiveResults();
            _dirty[login.ToString()] = sender;
        }
    }

    public IReadOnlyList<HeldSender> Held =>
        [.. _senders.Where(s => s.Value.HeldReason is not null).Select(s => new HeldSender(s.Key, s.Value.HeldReason!, DateTimeOffset.FromUnixTimeSeconds(s.Value.HeldSince ?? 0)))];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
        long oldest = Slot() - SentByLogin.SlotsPerDay;
        foreach (SentRow row in await db.Sent.AsNoTracking().Where(s => s.Slot > oldest).ToListAsync(cancellationToken))
        {
            Loaded(row.Address).Slots[row.Slot] = new Tally(row.Recipients, row.NewRecipients, row.Delivered, row.Unknown);
        }

        foreach (WatchRow row in await db.Watch.AsNoTracking().ToListAsync(cancellationToken))
        {
            SentByLogin sender = Loaded(row.Address);
            (sender.HeldReason, sender.HeldSince, sender.Days, sender.MeanNew) = (row.Reason, row.HeldSince, row.Days, row.MeanNew);
            (sender.Today, sender.NewToday, sender.Delivered, sender.Unknown) = (row.Today, row.NewToday, row.Delivered, row.Unknown);
        }

        int day = (int)(Slot() / SentByLogin.SlotsPerDay);
        await foreach (KnownRow row in db.Known.AsNoTracking().Where(k => k.Day > day - KnownDays).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            Loaded(row.Address).Known[row.Recipient] = row.Day;
        }
    }

    /// <summary>Writes down what has changed since the last time.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        List<Changes> due = TakeChanges();
        if (due.Count == 0)
        {
            return;
        }

        try
        {
            await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
            await using IDbContextTransaction transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            foreach (Changes changes in due)
            {
                await SaveAsync(db, transaction, changes, cancellationToken);
            }

            int today = (int)(Slot() / SentByLogin.SlotsPerDay);
            long oldest = Slot() - SentByLogin.SlotsPerDay;
            await db.Sent.Where(s => s.Slot < oldest).ExecuteDeleteAsync(cancellationToken);
            await db.Known.Where(k => k.Day < today - KnownDays).ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch
        {
            due.ForEach(GiveBack);   // the next time writes it
            throw;
        }
    }

    private static async Task SaveAsync(UsersStateDb db, IDbContextTransaction transaction, Changes changes, CancellationToken cancellationToken)
    {
        string address = changes.Watch.Address;
        foreach (SentRow row in changes.Sent)
        {
            await db.Database.ExecuteSqlAsync($"INSERT OR REPLACE INTO Sent (Address, Slot, Recipients, NewRecipients, Delivered, Unknown) VALUES ({address}, {row.Slot}, {row.Recipients}, {row.NewRecipients}, {row.Delivered}, {row.Unknown})", cancellationToken);
        }

        // Thousands of them, when a list goes out: one command for all.
        await using DbCommand known = db.Database.GetDbConnection().CreateCommand();
        known.Transaction = transaction.GetDbTransaction();
        known.CommandText = "INSERT OR REPLACE INTO Known (Address, Recipient, Day) VALUES ($address, $recipient, $day)";
        known.Parameters.Add(new SqliteParameter("$address", address));
        var recipient = new SqliteParameter("$recipient", SqliteType.Integer);
        var day = new SqliteParameter("$day", SqliteType.Integer);
        known.Parameters.AddRange(new[] { recipient, day });
        foreach (KnownRow row in changes.Known)
        {
            (recipient.Value, day.Value) = (row.Recipient, row.Day);
            await known.ExecuteNonQueryAsync(cancellationToken);
        }

        WatchRow watch = changes.Watch;
        await db.Database.ExecuteSqlAsync(
            $"INSERT OR REPLACE INTO Watch (Address, HeldSince, Reason, Days, MeanNew, Today, NewToday, Delivered, Unknown) VALUES ({address}, {watch.HeldSince}, {watch.Reason}, {watch.Days}, {watch.MeanNew}, {watch.Today}, {watch.NewToday}, {watch.Delivered}, {watch.Unknown})", cancellationToken);
    }

    private List<Changes> TakeChanges()
    {
        var taken = new List<Changes>();
        foreach (string address in _dirty.Keys)
        {
            if (!_dirty.TryRemove(address, out SentByLogin? sender))
            {
                continue;
            }

            lock (sender)
            {
                sender.Forget(Slot());
                taken.Add(new Changes(
                    sender, sender.SavedFrom,
                    [.. sender.Slots.Where(s => s.Key >= sender.SavedFrom).Select(s => new SentRow
                    {
                        Address = address, Slot = s.Key, Recipients = s.Value.All, NewRecipients = s.Value.New, Delivered = s.Value.Delivered, Unknown = s.Value.Unknown,
                    })],
                    [.. sender.Unsaved.Select(k => new KnownRow { Address = address, Recipient = k, Day = sender.Known[k] })],
                    new WatchRow
                    {
                        Address = address, HeldSince = sender.HeldSince, Reason = sender.HeldReason, Days = sender.Days, MeanNew = sender.MeanNew,
                        Today = sender.Today, NewToday = sender.NewToday, Delivered = sender.Delivered, Unknown = sender.Unknown,
                    }));
                sender.SavedFrom = Slot();
                sender.Unsaved.Clear();
            }
        }

        return taken;
    }

    private void GiveBack(Changes changes)
    {
        lock (changes.Sender)
        {
            changes.Sender.SavedFrom = changes.SavedFrom;
            changes.Sender.Unsaved.UnionWith(changes.Known.Select(k => k.Recipient));
        }

        _dirty[changes.Watch.Address] = changes.Sender;
    }

    private static int CountNew(SentByLogin sender, long[] recipients) =>
        recipients is [{ } only] ? (sender.Known.ContainsKey(only) ? 0 : 1) : recipients.Distinct().Count(r => !sender.Known.ContainsKey(r));

    private SentByLogin SenderOf(Mailbox login) => Loaded(login.ToString());

    private SentByLogin Loaded(string login) => _senders.GetOrAdd(login, _ => new SentByLogin());

    private long Slot() => time.GetUtcNow().ToUnixTimeSeconds() / SentByLogin.SlotSeconds;

    private static long Hash(Mailbox recipient) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(recipient.ToString().ToLowerInvariant())));

    /// <summary>What is to be written of one login; the rest tells what to restore when it could not be.</summary>
    private sealed record Changes(SentByLogin Sender, long SavedFrom, SentRow[] Sent, KnownRow[] Known, WatchRow Watch);
}

public sealed record HeldSender(string Address, string Reason, DateTimeOffset Since);
