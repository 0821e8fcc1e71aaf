namespace Ptt.Tests.Support;

/// <summary>Finds the checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static IEnumerable<string> Sources(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".razor", StringComparison.Ordinal))
            .Where(f => !Path.GetRelativePath(Root, f).Split('/').Any(part => part is "obj" or "bin"));

    private static string Find(string from) =>
        File.Exists(Path.Combine(from, "Ptt.sln")) ? from : Find(Path.GetDirectoryName(from.TrimEnd('/'))
            ?? throw new InvalidOperationException("The tests run outside their checkout."));
}
