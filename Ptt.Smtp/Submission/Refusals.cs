using Ptt.Mail.Headers;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Submission;

/// <summary>What the submission role says no to.</summary>
internal static class Refusals
{
    public static readonly Reply OneFrom = new(550, new(7, 1), "Message must have exactly one From field");
    public static readonly Reply FromSyntax = new(550, new(7, 1), "Cannot read the From field");
    public static readonly Reply ForeignFrom = new(550, new(7, 1), "This login may not send with the address in From");
    public static readonly Reply SenderMissing = new(550, new(7, 1), "Several addresses in From need a Sender field");
    public static readonly Reply SenderSyntax = new(550, new(7, 1), "Message may have one Sender field, with one address");
    public static readonly Reply ForeignSender = new(550, new(7, 1), "This login may not send with the address in Sender");
    public static readonly Reply Loop = new(554, new(4, 6), "Too many Received fields: the message goes in circles");

    public static Reply Header(HeaderFault fault) => fault switch
    {
        HeaderFault.TooLong => new(552, new(3, 4), "Message header is too long"),
        HeaderFault.TooManyFields => new(552, new(3, 4), "Message header has too many fields"),
        HeaderFault.NotAField => new(550, new(6, 0), "Message header holds a line that is no field"),
        _ => new(550, new(6, 0), "Message ends within its header"),
    };
}
