using Ptt.Smtp.Protocol;

namespace Ptt.Tests.Smtp.Server;

/// <summary>Every story is played three ways: whole, line by line, byte by byte. A parser that cares is wrong.</summary>
public sealed class StoryTests
{
    public static TheoryData<string> Stories => [.. Story.Names];

    // Said by the listener before there is a session: ListenersTests hears it.
    private static readonly HashSet<string> SaidElsewhere = [nameof(Replies.TooManySessions)];

    public static TheoryData<string> SetReplies =>
        [.. typeof(Replies).GetFields().Where(f => f.FieldType == typeof(Reply) && !SaidElsewhere.Contains(f.Name)).Select(f => f.Name)];

    [Theory, MemberData(nameof(SetReplies))]
    public void Every_reply_is_heard_in_a_story_word_for_word(string name)
    {
        var reply = (Reply)typeof(Replies).GetField(name)!.GetValue(null)!;
        string line = reply.ToString();

        Assert.Contains(line, AllHeard);
    }

    private static readonly HashSet<string> AllHeard = [.. Story.Names.SelectMany(n => Story.Load(n).Heard)];

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows(string story) => Story.Load(story).PlayAsync(Pace.Whole);

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows_line_by_line(string story) => Story.Load(story).PlayAsync(Pace.LineByLine);

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows_byte_by_byte(string story) => Story.Load(story).PlayAsync(Pace.ByteByByte);
}
