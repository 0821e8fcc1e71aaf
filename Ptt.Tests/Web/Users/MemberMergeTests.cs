using System.Text;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Web.Users;

public sealed class MemberMergeTests
{
    [Theory]
    [InlineData("", "'enabled': false", "'displayName': 'A'", "'displayName': 'A', 'enabled': false")]
    [InlineData("'displayName': 'A'", "'displayName': 'B'", "'displayName': 'C'", null)]
    [InlineData("'displayName': 'A'", "'displayName': 'B'", "'displayName': 'B', 'roles': ['x']", "'displayName': 'B', 'roles': ['x']")]
    [InlineData("'displayName': 'A'", "", "'displayName': 'B'", null)]
    [InlineData("'roles': ['a', 'b']", "'roles': ['b', 'c']", "'roles': ['a', 'b', 'd']", "'roles': ['b', 'd', 'c']")]
    [InlineData("'roles': ['a']", "'roles': []", "", "'roles': []")]
    [InlineData("'sendAs': []", "'sendAs': ['x@example.org']", "", "'sendAs': ['x@example.org']")]
    [InlineData("'limits': {'sessions': 1}", "'limits': {'sessions': 2}", "'limits': {'sessions': 1, 'messageSize': 9}", "'limits': {'messageSize': 9, 'sessions': 2}")]
    [InlineData("'limits': {'sessions': 1}", "'limits': {'sessions': 2}", "'limits': {'sessions': 3}", null)]
    [InlineData("", "'appPasswords': [#1]", "'appPasswords': [#2]", "'appPasswords': [#2, #1]")]
    [InlineData("'appPasswords': [#1, #2]", "'appPasswords': [#2]", "'appPasswords': [#1, #2, #3]", "'appPasswords': [#2, #3]")]
    [InlineData("", "'note': {'a': 1}", "'note': {'b': [1, 1]}", "'note': {'b': [1, 1], 'a': 1}")]
    [InlineData("'note': [1]", "'note': [1, 1]", "'note': [1, 2]", null)]
    [InlineData("", "'roles': ['x']", "no user", null)]
    public void Two_changes_of_one_file_go_together_unless_both_changed_the_same(string before, string ours, string theirs, string? merged)
    {
        byte[]? result = MemberMerge.Merge(isUser: true, File(before), File(ours), File(theirs));

        Assert.Equal(merged is null ? null : Encoding.UTF8.GetString(UserFile.Write(UserFile.Parse(File(merged), [])!)), result is null ? null : Encoding.UTF8.GetString(result));
    }

    [Fact]
    public void Domains_too()
    {
        static byte[] Domain(string members) => Encoding.UTF8.GetBytes($"{{\"domain\": \"example.org\"{members}}}");
        byte[]? merged = MemberMerge.Merge(isUser: false, Domain(""), Domain(", \"postmaster\": \"ada@example.org\""), Domain(", \"aliasOf\": \"example.net\""));

        OwnDomain domain = UserFile.ParseDomain(merged, [])!;
        Assert.Equal(("ada@example.org", "example.net"), (domain.Postmaster?.ToString(), domain.AliasOf?.ToString()));
    }

    private static byte[] File(string members)
    {
        string text = System.Text.RegularExpressions.Regex.Replace(members.Replace('\'', '"'), "#(.)",
            "{\"id\": \"$1\", \"name\": \"n$1\", \"verifier\": \"SCRAM-SHA-256$$4096:AAAAAAAAAAAAAAAAAAAAAA==$$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
        return Encoding.UTF8.GetBytes(members == "no user" ? members : UsersHost.File("ada@example.org", text).Replace("\"enabled\": true,", text.Contains("enabled", StringComparison.Ordinal) ? "" : "\"enabled\": true,", StringComparison.Ordinal));
    }
}
