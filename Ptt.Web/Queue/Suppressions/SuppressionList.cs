using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Access;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue.Suppressions;

/// <summary>
/// Recipients to whom nothing is sent any more. Learned at once where their host says that there is no such mailbox; else after three
/// failures in a row over three days, with no delivery between; or added by hand. All of it in memory for the relay, and on disk.
/// </summary>
internal sealed partial class SuppressionList : ISuppressions, IStoryListener, IDisposable
{
    public const string FileName = "suppressions.db";

    internal static readonly StoreFormat Format = StoreFormat.Embedded("suppressions", previous: 1);

    private const int Strikes = 3;
    private static readonly TimeSpan Over = TimeSpan.FromHours(72);

    private readonly ConcurrentDictionary<string, Suppression> _list = new();
    private readonly ConcurrentDictionary<string, (int Times, long First)> _strikes = new();
    private readonly Lock _gate = new();
    private readonly SqliteFile _file;
    private readonly SuppressionOptions _options;
    private readonly IAuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public SuppressionList(DataDirectory data, IOptions<SuppressionOptions> options, IAuditLog audit, TimeProvider time, ILogger<SuppressionList> logger)
    {
        _options = options.Value;
        _audit = audit;
        _time = time;
        _logger = logger;
        _file = SqliteFile.OpenWriter(data.File(FileName), Format, cacheKibibytes: 2048);
        Load();
    }

    public string? ReasonFor(Mailbox recipient) => _list.IsEmpty ? null : Find(recipient)?.Reason;

    /// <summary>Null when mail may go.</summary>
    public Suppression? Find(Mailbox recipient) =>
        _list.TryGetValue(KeyOf(recipient.ToString()), out Suppression? found) && !(found.Expires <= _time.GetUtcNow()) ? found : null;

    /// <summary>In the order of addresses, after <paramref name="after"/>.</summary>
    public IReadOnlyList<Suppression> List(string? search, SuppressionOrigin? origin, string? after, int limit)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return
        [
            .. _list.Values.Where(s => !(s.Expires <= now) && (origin is null || s.Origin == origin)
                    && (after is null || string.CompareOrdinal(s.Address, after) > 0)
                    && (string.IsNullOrEmpty(search) || s.Address.Contains(search, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(s => s.Address, StringComparer.Ordinal).Take(limit),
        ];
    }

    public async ValueTask<Suppression> AddAsync(
        Mailbox recipient, SuppressionOrigin origin, string reason, DateTimeOffset? expires, string by, CancellationToken cancellationToken)
    {
        var suppression = new Suppression(KeyOf(recipient.ToString()), origin, reason, _time.GetUtcNow(), by, expires);
        Keep([suppression]);
        await _audit.RecordAsync(by, "suppression.add", suppression.Address, reason, cancellationToken);
        return suppression;
    }

    /// <summary>False when it was not there. The removal is audited with what was removed.</summary>
    public async ValueTask<bool> RemoveAsync(Mailbox recipient, string by, CancellationToken cancellationToken)
    {
        string key = KeyOf(recipient.ToString());
        if (!_list.TryRemove(key, out Suppression? removed))
        {
            return false;
        }

        lock (_gate)
        {
            using Statement delete = _file.Prepare("DELETE FROM suppression WHERE address = ?");
            delete.Bind(1, key).Run();
        }

        await _audit.RecordAsync(by, "suppression.remove", key, $"{removed.Origin}: {removed.Reason}", cancellationToken);
        return true;
    }

    /// <summary>Learns from what hosts said. Heard twice it comes to the same.</summary>
    public void Hear(IReadOnlyList<ToldStory> stories)
    {
        if (!_options.Learn)
        {
            return;
        }

        var learned = new List<Suppression>();
        foreach (ToldStory told in stories)
        {
            foreach (StoryRecipient recipient in told.Story.Recipients)
            {
                if (Judge(KeyOf(recipient.Address), recipient, told.Story.At) is { } suppression)
                {
                    learned.Add(suppression);
                }
            }
        }

        Keep(learned);
    }

    public void Dispose() => _file.Dispose();

    private Suppression? Judge(string key, StoryRecipient recipient, long at)
    {
        if (recipient.State == "delivered")
        {
            if (!_strikes.IsEmpty && _strikes.TryRemove(key, out _))
            {
                SaveStrike(key, null);
            }

            return null;
        }

        if (recipient.State != "failed" || _list.TryGetValue(key, out Suppression? known) && known.Origin != SuppressionOrigin.Learned)
        {
            return null;
        }

        if (!Evidence.IsFinal(recipient.Reply))
        {
            if (!Evidence.Counts(recipient.Reply))
            {
                return null;
            }

            (int times, long first) strike = _strikes.TryGetValue(key, out var before) ? (before.Times + 1, Math.Min(before.First, at)) : (1, at);
            _strikes[key] = strike;
            SaveStrike(key, strike);
            if (strike.times < Strikes || at - strike.first < Over.TotalMilliseconds)
            {
                return null;
            }
        }

        Learned(recipient.Reply);
        DateTimeOffset added = DateTimeOffset.FromUnixTimeMilliseconds(at);
        return new Suppression(key, SuppressionOrigin.Learned, $"earlier mail was refused: {recipient.Reply}", added, "ptt", added + _options.ExpireAfter);
    }

    private void Keep(IReadOnlyList<Suppression> suppressions)
    {
        if (suppressions.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            using Statement insert = _file.Prepare("INSERT OR REPLACE INTO suppression (address, origin, reason, added, by, expires) VALUES (?,?,?,?,?,?)");
            _file.Begin();
            foreach (Suppression s in suppressions)
            {
                insert.Bind(1, s.Address).Bind(2, s.Origin.ToString().ToLowerInvariant()).Bind(3, s.Reason).Bind(4, s.Added.ToUnixTimeMilliseconds())
                    .Bind(5, s.By).Bind(6, s.Expires?.ToUnixTimeMilliseconds()).Run();
            }

            _file.Commit();
        }

        foreach (Suppression s in suppressions)
        {
            _list[s.Address] = s;
        }
    }

    private void SaveStrike(string key, (int Times, long First)? strike)
    {
        lock (_gate)
        {
            using Statement save = _file.Prepare(strike is null
                ? "DELETE FROM strike WHERE address = ?"
                : "INSERT OR REPLACE INTO strike (address, times, first) VALUES (?,?,?)");
            save.Bind(1, key);
            if (strike is { } s)
            {
                save.Bind(2, s.Times).Bind(3, s.First);
            }

            save.Run();
        }
    }

    private void Load()
    {
        using Statement expired = _file.Prepare("DELETE FROM suppression WHERE expires <= ?");
        expired.Bind(1, _time.GetUtcNow().ToUnixTimeMilliseconds()).Run();
        using Statement row = _file.Prepare("SELECT address, origin, reason, added, by, expires FROM suppression");
        while (row.Step())
        {
            _list[row.Text(0)!] = new Suppression(row.Text(0)!, Enum.Parse<SuppressionOrigin>(row.Text(1)!, ignoreCase: true), row.Text(2)!,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)), row.Text(4)!, row.IsNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)));
        }

        using Statement strike = _file.Prepare("SELECT address, times, first FROM strike");
        while (strike.Step())
        {
            _strikes[strike.Text(0)!] = (strike.Int32(1), strike.Int64(2));
        }
    }

    private static string KeyOf(string address) => address.ToLowerInvariant();

    [LoggerMessage(5401, LogLevel.Information, "A recipient is suppressed from now on: {Reply}")]
    private partial void Learned(string? reply);
}

public enum SuppressionOrigin
{
    Learned,
    Manual,
    Complaint,
}

/// <summary><paramref name="Address"/> in lower case; <paramref name="Expires"/> null: stays until it is removed.</summary>
public sealed record Suppression(string Address, SuppressionOrigin Origin, string Reason, DateTimeOffset Added, string By, DateTimeOffset? Expires);
