using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Suppressions;

namespace Ptt.Web.Queue.Tracing;

/// <summary>Counts in the stories what was delivered and whom nobody knows, for each login, and tells whoever watches that.</summary>
internal sealed class ResultsOfLogins(IRecipientResults? watcher = null) : IStoryListener
{
    public void Hear(IReadOnlyList<ToldStory> stories)
    {
        if (watcher is null)
        {
            return;
        }

        foreach (IGrouping<string, ToldStory> of in stories.Where(s => s.Story is { What: "settled", Login: not null }).GroupBy(s => s.Story.Login!))
        {
            StoryRecipient[] recipients = [.. of.SelectMany(s => s.Story.Recipients)];
            int delivered = recipients.Count(r => r.State == "delivered"), unknown = recipients.Count(r => r.State == "failed" && Evidence.IsFinal(r.Reply));
            if (delivered + unknown > 0 && Mailbox.TryParse(of.Key, out Mailbox? login))
            {
                watcher.Heard(login, delivered, unknown);
            }
        }
    }
}
