namespace Ptt.Tests.Smtp.Server;

/// <summary>Every story is played three ways: whole, line by line, byte by byte. A parser that cares is wrong.</summary>
public sealed class StoryTests
{
    public static TheoryData<string> Stories => [.. Story.Names];

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows(string story) => Story.Load(story).PlayAsync(Pace.Whole);

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows_line_by_line(string story) => Story.Load(story).PlayAsync(Pace.LineByLine);

    [Theory, MemberData(nameof(Stories))]
    public Task The_session_follows_byte_by_byte(string story) => Story.Load(story).PlayAsync(Pace.ByteByByte);
}
