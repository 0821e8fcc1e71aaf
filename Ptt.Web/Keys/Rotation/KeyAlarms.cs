using Ptt.Dns;
using Ptt.Smtp.Signing;
using Ptt.Web.Alarms;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Rotation;

/// <summary>What an administrator should know of a domain's keys.</summary>
internal sealed class KeyAlarms(IAlarms alarms)
{
    public void Tell(DomainName domain, KeyKeeper keeper, SigningDecision? decision)
    {
        string link = $"/keys/{domain}";
        Set($"keys.unavailable:{domain}", decision is SigningDecision.Unavailable && keeper.Ring.LostAt is null, AlarmSeverity.Critical,
            () => $"Mail of {domain} waits: {((SigningDecision.Unavailable)decision!).Reason}{Why(keeper.Ring)}", link);

        KeyEntry[] faulty = [.. keeper.Ring.Keys.Where(k => k.Fault != KeyFault.None && k.State is KeyState.Active or KeyState.Retiring)];
        Set($"keys.record:{domain}", faulty.Length > 0, AlarmSeverity.Critical,
            () => $"A key record of {domain} is not as it should be: {string.Join(" ", faulty.Select(k => $"{k.Selector}: {k.Trouble}"))}", link);

        KeyEntry[] manual = [.. keeper.Ring.Keys.Where(k => k.Manual && k.State == KeyState.Published)];
        Set($"keys.manual:{domain}", manual.Length > 0, AlarmSeverity.Warning,
            () => $"Key records of {domain} wait to be entered by hand: {string.Join(", ", manual.Select(k => k.Selector))}.", link);

        KeyEntry[] stuck = [.. keeper.Ring.Keys.Where(k => !k.Manual && k.Tries >= 5 && k.Fault == KeyFault.None)];
        Set($"keys.stuck:{domain}", stuck.Length > 0, AlarmSeverity.Warning,
            () => $"A change of the keys of {domain} waits: {string.Join(" ", stuck.Select(k => $"{k.Selector}: {k.Trouble}"))}", link);
        alarms.Clear($"keys.fault:{domain}");
    }

    public void Faulted(DomainName domain) => alarms.Raise(
        $"keys.fault:{domain}", AlarmSeverity.Critical, $"The keys of {domain} cannot be looked after; the log has the detail.", $"/keys/{domain}");

    private static string Why(KeyRing ring) =>
        ring.Keys.LastOrDefault(k => k.State is KeyState.Generated or KeyState.Published && k.Trouble is not null) is { } waiting ? $" {waiting.Trouble}" : "";

    private void Set(string name, bool raised, AlarmSeverity severity, Func<Wording> text, string link)
    {
        if (raised)
        {
            alarms.Raise(name, severity, text(), link);
        }
        else
        {
            alarms.Clear(name);
        }
    }
}
