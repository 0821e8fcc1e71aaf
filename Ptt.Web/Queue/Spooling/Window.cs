namespace Ptt.Web.Queue.Spooling;

/// <summary>How much may be in memory: so many deliveries that wait to be handed out, so many octets of their messages. Not thread-safe: its owner locks.</summary>
internal sealed class Window(int deliveries, long octets)
{
    /// <summary>Deliveries in memory that wait to be handed out.</summary>
    public int InHand { get; private set; }

    /// <summary>Octets of messages in memory.</summary>
    public long Octets { get; private set; }

    public int Free => deliveries - InHand;

    /// <summary>A place without asking for room: for what is leased on disk already.</summary>
    public void Take() => InHand++;

    public void GiveBack() => InHand--;

    public bool TryTakeOctets(long count)
    {
        if (Octets + count > octets)
        {
            return false;
        }

        Octets += count;
        return true;
    }

    public void GiveBackOctets(long count) => Octets -= count;
}
