using System.Reflection;

namespace Ptt.Web.Queue.Storage;

/// <summary>The embedded SQL scripts of one file, in the order of their numbers: <c>Schema/spool-001.sql</c>, …</summary>
internal static class Scripts
{
    public static IReadOnlyList<string> Of(string file)
    {
        Assembly assembly = typeof(Scripts).Assembly;
        return
        [
            .. from name in assembly.GetManifestResourceNames()
               where name.Contains($".Schema.{file}-", StringComparison.Ordinal)
               orderby name
               select Read(assembly, name),
        ];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
