using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Ptt.Mail;

namespace Ptt.Web.Users;

/// <summary>
/// What each login has sent, in windows that slide by five minutes, and whom it has written to within 90 days. Counted in memory,
/// written down every few seconds and at the end: a crash forgets seconds, a restart nothing.
/// </summary>
internal sealed class SendingCounts(IDbContextFactory<UsersStateDb> databases, TimeProvider time)
{
    private const int SlotSeconds = 300;
    private const int SlotsPerDay = 86_400 / SlotSeconds;
    private const int MaxKnown = 20_000;
    private const int KnownDays = 90;

    private readonly ConcurrentDictionary<string, Sender> _senders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Sender> _dirty = new(StringComparer.Ordinal);

    public object LockOf(Mailbox login) => SenderOf(login);

    public Usage UsageOf(Mailbox login)
    {
        Sender sender = SenderOf(login);
        long now = Slot();
        sender.Forget(now);
        return new Usage(
            sender.Slots.Where(s => s.Key > now - (3600 / SlotSeconds)).Sum(s => (long)s.Value.All), sender.Slots.Sum(s => (long)s.Value.All),
            sender.Slots.Sum(s => (long)s.Value.New), sender.Days, sender.MeanNew);
    }

    /// <summary>How many of these the login has not written to before.</summary>
    public int CountNew(Mailbox login, IReadOnlyList<Mailbox> recipients)
    {
        Sender sender = SenderOf(login);
        return recipients.Select(Hash).Distinct().Count(h => !sender.Known.ContainsKey(h));
    }

    public void Add(Mailbox login, IReadOnlyList<Mailbox> recipients)
    {
        Sender sender = SenderOf(login);
        int strangers = CountNew(login, recipients);
        long slot = Slot();
        sender.CloseDays(slot / SlotsPerDay);
        (int all, int fresh) = sender.Slots.GetValueOrDefault(slot);
        sender.Slots[slot] = (all + recipients.Count, fresh + strangers);
        sender.NewToday += strangers;
        int day = (int)(slot / SlotsPerDay);
        foreach (long hash in recipients.Select(Hash))
        {
            if (sender.Known.Count < MaxKnown || sender.Known.ContainsKey(hash))
            {
                sender.Known[hash] = day;
            }
        }

        _dirty[login.ToString()] = sender;
    }

    public string? HeldReason(Mailbox login) => SenderOf(login).HeldReason;

    public void Hold(Mailbox login, string reason)
    {
        Sender sender = SenderOf(login);
        (sender.HeldReason, sender.HeldSince) = (sender.HeldReason ?? reason, sender.HeldSince ?? time.GetUtcNow().ToUnixTimeSeconds());
        _dirty[login.ToString()] = sender;
    }

    /// <summary>An administrator looked and found it good: what it did becomes what is usual.</summary>
    public void Release(Mailbox login)
    {
        Sender sender = SenderOf(login);
        lock (sender)
        {
            (sender.HeldReason, sender.HeldSince) = (null, null);
            sender.MeanNew = Math.Max(sender.MeanNew, sender.Slots.Sum(s => (long)s.Value.New));
            _dirty[login.ToString()] = sender;
        }
    }

    public IReadOnlyList<HeldSender> Held =>
        [.. _senders.Where(s => s.Value.HeldReason is not null).Select(s => new HeldSender(s.Key, s.Value.HeldReason!, DateTimeOffset.FromUnixTimeSeconds(s.Value.HeldSince ?? 0)))];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
        long oldest = Slot() - SlotsPerDay;
        foreach (SentRow row in await db.Sent.AsNoTracking().Where(s => s.Slot > oldest).ToListAsync(cancellationToken))
        {
            Loaded(row.Address).Slots[row.Slot] = (row.Recipients, row.NewRecipients);
        }

        foreach (WatchRow row in await db.Watch.AsNoTracking().ToListAsync(cancellationToken))
        {
            Sender sender = Loaded(row.Address);
            (sender.HeldReason, sender.HeldSince, sender.Days, sender.MeanNew) = (row.Reason, row.HeldSince, row.Days, row.MeanNew);
            (sender.Today, sender.NewToday) = (row.Today, row.NewToday);
        }

        int day = (int)(Slot() / SlotsPerDay);
        await foreach (KnownRow row in db.Known.AsNoTracking().Where(k => k.Day > day - KnownDays).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            Loaded(row.Address).Known[row.Recipient] = row.Day;
        }
    }

    /// <summary>Writes down who has sent since the last time.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        string[] due = [.. _dirty.Keys];
        if (due.Length == 0)
        {
            return;
        }

        await using UsersStateDb db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        int today = (int)(Slot() / SlotsPerDay);
        foreach (string address in due)
        {
            if (!_dirty.TryRemove(address, out Sender? sender))
            {
                continue;
            }

            SentRow[] sent;
            KnownRow[] known;
            WatchRow watch;
            lock (sender)
            {
                sender.Forget(Slot());
                sent = [.. sender.Slots.Where(s => s.Key >= sender.SavedFrom).Select(s => new SentRow { Address = address, Slot = s.Key, Recipients = s.Value.All, NewRecipients = s.Value.New })];
                known = [.. sender.Known.Where(k => k.Value == today).Select(k => new KnownRow { Address = address, Recipient = k.Key, Day = k.Value })];
                watch = new WatchRow
                {
                    Address = address, HeldSince = sender.HeldSince, Reason = sender.HeldReason, Days = sender.Days, MeanNew = sender.MeanNew,
                    Today = sender.Today, NewToday = sender.NewToday,
                };
                sender.SavedFrom = Slot();
            }

            foreach (SentRow row in sent)
            {
                await db.Database.ExecuteSqlAsync($"INSERT OR REPLACE INTO Sent (Address, Slot, Recipients, NewRecipients) VALUES ({row.Address}, {row.Slot}, {row.Recipients}, {row.NewRecipients})", cancellationToken);
            }

            foreach (KnownRow row in known)
            {
                await db.Database.ExecuteSqlAsync($"INSERT OR REPLACE INTO Known (Address, Recipient, Day) VALUES ({row.Address}, {row.Recipient}, {row.Day})", cancellationToken);
            }

            await db.Database.ExecuteSqlAsync(
                $"INSERT OR REPLACE INTO Watch (Address, HeldSince, Reason, Days, MeanNew, Today, NewToday) VALUES ({watch.Address}, {watch.HeldSince}, {watch.Reason}, {watch.Days}, {watch.MeanNew}, {watch.Today}, {watch.NewToday})", cancellationToken);
        }

        long oldest = Slot() - SlotsPerDay;
        await db.Sent.Where(s => s.Slot < oldest).ExecuteDeleteAsync(cancellationToken);
        await db.Known.Where(k => k.Day < today - KnownDays).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private Sender SenderOf(Mailbox login) => Loaded(login.ToString());

    private Sender Loaded(string login) => _senders.GetOrAdd(login, _ => new Sender());

    private long Slot() => time.GetUtcNow().ToUnixTimeSeconds() / SlotSeconds;

    private static long Hash(Mailbox recipient) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(recipient.ToString().ToLowerInvariant())));

    /// <summary>Read and changed under its own lock.</summary>
    private sealed class Sender
    {
        public Dictionary<long, (int All, int New)> Slots { get; } = [];

        public Dictionary<long, int> Known { get; } = [];

        /// <summary>Days on which anything was sent, and the mean of new recipients on them.</summary>
        public int Days { get; set; }

        public double MeanNew { get; set; }

        public long Today { get; set; }

        public int NewToday { get; set; }

        public string? HeldReason { get; set; }

        public long? HeldSince { get; set; }

        public long SavedFrom { get; set; }

        public void CloseDays(long day)
        {
            if (Today != 0 && Today != day)
            {
                MeanNew += (NewToday - MeanNew) / Math.Min(++Days, 30);
                NewToday = 0;
            }

            Today = day;
        }

        public void Forget(long now)
        {
            foreach (long old in Slots.Keys.Where(s => s <= now - SlotsPerDay || s > now).ToArray())
            {
                Slots.Remove(old);
            }
        }
    }
}

/// <summary>What a login has sent, and what is usual for it.</summary>
internal sealed record Usage(long LastHour, long LastDay, long NewLastDay, int Days, double MeanNew)
{
    /// <summary>Not before a week is known of it, and not below a floor: a new user writes to strangers only.</summary>
    public bool IsUnusual(int strangers, int recipients, double factor, int atLeast) =>
        Days >= 7 && NewLastDay + strangers >= atLeast && NewLastDay + strangers > MeanNew * factor && (NewLastDay + strangers) * 2 > LastDay + recipients;
}

public sealed record HeldSender(string Address, string Reason, DateTimeOffset Since);
