using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Ptt.Tests.Support;

namespace Ptt.Tests.House;

/// <summary>What is in deploy is what others' tools accept, and speaks of settings that there are.</summary>
public sealed partial class DeployFilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy");

    [Fact]
    public async Task Systemd_rates_the_exposure_of_the_unit_under_3()
    {
        (int code, string output) = await Daemon.RunAsync(
            Daemon.Find("systemd-analyze", "systemd"), ["security", "--offline=true", "--no-pager", "--threshold=29", Path.Combine(Folder, "ptt.service")]);
        Assert.True(code == 0, output);
        Assert.Matches(Exposure(), output);
    }

    // The model of the Kubernetes API as its own client has it, strictly: no unknown field, no wrong type.
    [Fact]
    public void The_Kubernetes_manifest_fits_the_model_of_the_API()
    {
        string text = File.ReadAllText(Path.Combine(Folder, "kubernetes", "ptt.yaml"));
        List<object> objects = KubernetesYaml.LoadAllFromString(text, strict: true);
        Assert.Equal([typeof(V1PersistentVolumeClaim), typeof(V1StatefulSet), typeof(V1Service), typeof(V1Service)], objects.Select(o => o.GetType()));
        V1PodSpec pod = ((V1StatefulSet)objects[1]).Spec.Template.Spec;
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.True(pod.Containers.Single().SecurityContext.ReadOnlyRootFilesystem);
        Assert.True(pod.TerminationGracePeriodSeconds >= 30);
        string misspelt = text.Replace("readOnlyRootFilesystem", "readonlyRootFs", StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(misspelt, strict: true));
    }

    [Theory]
    [InlineData("deploy/kubernetes/ptt.yaml")]
    [InlineData("deploy/container/compose.yaml")]
    [InlineData("Containerfile")]
    [InlineData("deploy/ptt.service")]
    [InlineData("deploy/machine/init")]
    [InlineData("docs/getting-started.md")]
    [InlineData("docs/deploy/container.md")]
    [InlineData("docs/deploy/three-machines.md")]
    [InlineData("docs/deploy/machine.md")]
    [InlineData("docs/listeners.md")]
    [InlineData("docs/monitoring.md")]
    public void Every_setting_in_it_is_one_that_there_is(string file)
    {
        string reference = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));
        Regex[] known = [.. Key().Matches(reference).Select(m => m.Groups[1].Value).Distinct()
            .Select(k => new Regex("^" + Place().Replace(Regex.Escape(k), ":[0-9]+").Replace("<name>", "[^:]+", StringComparison.Ordinal) + "(File)?$"))];
        string[] used = [.. Setting().Matches(File.ReadAllText(Path.Combine(Repository.Root, file))).Select(m => m.Value.Replace("__", ":", StringComparison.Ordinal)).Distinct()];
        Assert.NotEmpty(used);
        Assert.All(used.Where(u => u is not ("Ptt:Section:Key" or "Ptt:Section:KeyFile")), u => Assert.Contains(known, k => k.IsMatch(u)));
    }

    [GeneratedRegex(@"Overall exposure level for ptt\.service: [012]\.\d")]
    private static partial Regex Exposure();

    [GeneratedRegex(@"`(Ptt:[A-Za-z0-9:<>]+)`")]
    private static partial Regex Key();

    [GeneratedRegex(@":N(?=:|$)")]
    private static partial Regex Place();

    [GeneratedRegex(@"Ptt__[A-Za-z0-9_.*]+[A-Za-z0-9*]")]
    private static partial Regex Setting();
}
