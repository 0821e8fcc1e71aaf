using System.Diagnostics;

namespace Ptt.Tests.Support;

/// <summary>The scripts of <c>Ptt.Tests/Npm</c>, run by Node with the packages that <c>./test.sh</c> installs from the npm registry.</summary>
internal static class NodePackages
{
    private static string Folder => Path.Combine(Repository.Root, "artifacts", "npm");

    /// <summary>What the script found wrong, line by line, and its closing word.</summary>
    public static async Task<(string[] Faults, string Word)> RunAsync(string script, params string[] arguments)
    {
        using Process process = Start(script, arguments);
        Task<string> word = process.StandardError.ReadToEndAsync();
        string faults = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (faults.Split('\n', StringSplitOptions.RemoveEmptyEntries), await word)
            : throw new InvalidOperationException($"{script}: exit {process.ExitCode}\n{faults}\n{await word}");
    }

    /// <summary>The script, running; its three streams are ours.</summary>
    public static Process Start(string script, params string[] arguments)
    {
        string node = Daemon.Find("node", "nodejs");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
        {
            throw new InvalidOperationException("The packages of Ptt.Tests/Npm are missing: cp Ptt.Tests/Npm/* artifacts/npm/ && npm ci --prefix artifacts/npm (./test.sh does).");
        }

        string copy = Path.Combine(Folder, script);   // beside node_modules, where its imports are looked for
        string own = $"{copy}.{Guid.NewGuid():N}";
        File.Copy(Path.Combine(Repository.Root, "Ptt.Tests", "Npm", script), own);
        File.Move(own, copy, overwrite: true);
        return Process.Start(new ProcessStartInfo(node, [copy, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
