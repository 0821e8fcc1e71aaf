using System.Reflection;

namespace Ptt.Web.Formats;

/// <summary>From one form of a database to the next, in SQL. <paramref name="Down"/> is the way back, null where there is none (any more).</summary>
public sealed record FormatStep(string Up, string? Down = null)
{
    /// <summary>For files of before there were numbers: a query that has a row when the step was taken already.</summary>
    public string? TakenWhen { get; init; }

    internal static IReadOnlyList<FormatStep> Embedded(string name)
    {
        Assembly assembly = typeof(FormatStep).Assembly;
        string[] scripts = [.. assembly.GetManifestResourceNames().Where(n => n.Contains($".Schema.{name}-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return
        [
            .. from up in scripts
               where !up.EndsWith(".down.sql", StringComparison.Ordinal)
               let down = up[..^".sql".Length] + ".down.sql"
               select new FormatStep(Read(assembly, up), scripts.Contains(down) ? Read(assembly, down) : null),
        ];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
