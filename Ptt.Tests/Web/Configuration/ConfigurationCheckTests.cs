using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Tests.Web.Configuration;

public sealed class ConfigurationCheckTests
{
    [Fact]
    public void A_right_configuration_has_no_fault() =>
        Assert.Empty(Check("--Ptt:Post:Port=25", "--Ptt:Post:Wait=00:00:05", "--Ptt:Post:Names:0=a", "--Ptt:Post:Routes:example.org=127.0.0.1:25", "--Ptt:Post:Colour=red"));

    [Fact]
    public void Every_fault_is_named_at_once_each_with_its_key()
    {
        IReadOnlyList<ConfigurationFault> faults = Check("--Ptt:Post:Port=no", "--Ptt:Post:Wait=5m", "--Ptt:Post:Colour=mauve", "--Ptt:Past:X=1", "--Ptt:Other:Size=0", "--Ptt:Other:Name=bad");

        Assert.Equal(
            ["Ptt:Other:Name", "Ptt:Other:Size", "Ptt:Past", "Ptt:Post:Colour", "Ptt:Post:Port", "Ptt:Post:Wait"], faults.Select(f => f.Key));
    }

    [Theory]
    [InlineData("Ptt:Post:Prot=1", "Ptt:Post:Prot", "did you mean Ptt:Post:Port?")]
    [InlineData("Ptt:Pots:Port=1", "Ptt:Pots", "did you mean Ptt:Post?")]
    [InlineData("Ptt:Post:Port=99999999999", "Ptt:Post:Port", "whole number")]
    [InlineData("Ptt:Post:Colour=mauve", "Ptt:Post:Colour", "one of Red, Green")]
    [InlineData("Ptt:Post:Names=a", "Ptt:Post:Names", "set Ptt:Post:Names:0")]
    [InlineData("Ptt:Post:Names:first=a", "Ptt:Post:Names:first", "no such key")]
    [InlineData("Ptt:Post:Places:0:Where=x", "Ptt:Post:Places:0:Where", "no such key")]
    [InlineData("Ptt:Post:Places:0:Count=x", "Ptt:Post:Places:0:Count", "whole number")]
    [InlineData("Ptt:Post:Places:0:Count=11", "Ptt:Post:Places:0:Count", "between 1 and 10")]
    [InlineData("Ptt:Post=x", "Ptt:Post", "is a section")]
    [InlineData("Ptt:Post:PinFile=/nowhere/pin", "Ptt:Post:PinFile", "there is no such file")]
    public void A_fault_says_what_to_do(string setting, string key, string text)
    {
        ConfigurationFault fault = Assert.Single(Check("--" + setting));
        Assert.Equal(key, fault.Key);
        Assert.Contains(text, fault.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_value_that_may_be_secret_is_not_repeated() =>
        Assert.DoesNotContain("hunter2", Check("--Ptt:Post:ApiKey=hunter2").Single().Text, StringComparison.Ordinal);

    [Fact]
    public void A_file_stands_in_for_a_value()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "s3cret\n");
        HostApplicationBuilder builder = Builder("--Ptt:Post:PinFile=" + path);
        using IHost app = builder.Build();

        Assert.Equal("s3cret", app.Services.GetRequiredService<IOptions<Post>>().Value.Pin);
        Assert.Empty(app.Services.GetRequiredService<ConfigurationCheck>().Run());
        File.Delete(path);
    }

    [Fact]
    public void A_value_and_its_file_together_are_refused()
    {
        string path = Path.GetTempFileName();
        Assert.Contains("keep one", Check("--Ptt:Post:PinFile=" + path, "--Ptt:Post:Pin=x").Single().Text, StringComparison.Ordinal);
        File.Delete(path);
    }

    private static IReadOnlyList<ConfigurationFault> Check(params string[] args)
    {
        using IHost app = Builder(args).Build();
        return app.Services.GetRequiredService<ConfigurationCheck>().Run();
    }

    private static HostApplicationBuilder Builder(params string[] args)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new() { Args = args });
        builder.AddConfiguration();
        builder.AddSection<Post>("Ptt:Post");
        builder.AddSection<Other>("Ptt:Other").Validate(o => o.Name != "bad", "Ptt:Other:Name: must not be bad");
        return builder;
    }

    internal sealed class Post
    {
        public int Port { get; set; } = 25;

        public TimeSpan Wait { get; set; }

        public Colour Colour { get; set; }

        public string[] Names { get; set; } = [];

        public List<Place> Places { get; set; } = [];

        public Dictionary<string, string> Routes { get; set; } = [];

        public string Pin { get; set; } = "";

        public int ApiKey { get; set; }
    }

    internal sealed class Place
    {
        [Range(1, 10)]
        public int Count { get; set; } = 1;
    }

    internal sealed class Other
    {
        [Range(1, 10)]
        public int Size { get; set; } = 1;

        public string Name { get; set; } = "";
    }

    internal enum Colour
    {
        Red,
        Green,
    }
}
