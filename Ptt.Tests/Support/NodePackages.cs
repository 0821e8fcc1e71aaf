using System.Diagnostics;

namespace Ptt.Tests.Support;

/// <summary>The scripts of <c>Ptt.Tests/Npm</c>, run by Node with the packages that <c>./test.sh</c> installs from the npm registry.</summary>
internal static class NodePackages
{
    private static string Folder => Path.Combine(Repository.Root, "artifacts", "npm");

    /// <summary>What the script found wrong, line by line, and its closing word.</summary>
    public static async Task<(string[] Faults, string Word)> RunAsync(string script, params string[] arguments)
    {
        string node = Daemon.Find("node", "nodejs");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
        {
            throw new InvalidOperationException("The packages of Ptt.Tests/Npm are missing: cp Ptt.Tests/Npm/* artifacts/npm/ && npm ci --prefix artifacts/npm (./test.sh does).");
        }

        string copy = Path.Combine(Folder, $"{Guid.NewGuid():N}.mjs");   // beside node_modules, where its imports are looked for
        File.Copy(Path.Combine(Repository.Root, "Ptt.Tests", "Npm", script), copy);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(node, [copy, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> word = process.StandardError.ReadToEndAsync();
            string faults = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? (faults.Split('\n', StringSplitOptions.RemoveEmptyEntries), await word)
                : throw new InvalidOperationException($"{script}: exit {process.ExitCode}\n{faults}\n{await word}");
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
