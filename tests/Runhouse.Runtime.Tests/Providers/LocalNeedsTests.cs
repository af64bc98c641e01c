using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Tests.Providers;

public sealed class LocalNeedsTests
{
    private static readonly LocalMachine Machine = new(8, 31.5, ["NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB", "NVIDIA GeForce RTX 4090"]);

    [Theory]
    [InlineData("A100", null, null)]
    [InlineData("a100:2", null, null)]
    [InlineData("A100-80GB", null, null)]
    [InlineData("RTX4090", null, null)]
    [InlineData("H100|RTX4090", null, null)]
    [InlineData(null, "8", "31")]
    [InlineData(null, "0.5+", null)]
    public void What_the_machine_has_is_enough(string? gpu, string? cpus, string? memory)
        => Assert.Null(Machine.Lacks(Resources.Parse(gpu, cpus, memory)));

    [Theory]
    [InlineData("A10", null, null, "Gpu = \"A10\" (it has NVIDIA A100-SXM4-80GB, ")]
    [InlineData("A100:3", null, null, "Gpu = \"A100:3\"")]
    [InlineData("A100-40GB", null, null, "Gpu = \"A100-40GB\"")]
    [InlineData("H100|L4", null, null, "Gpu = \"H100|L4\"")]
    [InlineData(null, "9+", null, "Cpus = \"9+\" (it has 8)")]
    [InlineData(null, null, "32", "Memory = \"32\" (it has 31.5 GiB)")]
    public void What_the_machine_lacks_is_said_in_the_words_of_the_attribute(string? gpu, string? cpus, string? memory, string lack)
        => Assert.StartsWith(lack, Machine.Lacks(Resources.Parse(gpu, cpus, memory)), StringComparison.Ordinal);

    [Fact]
    public void All_that_the_machine_lacks_is_said_at_once()
        => Assert.Equal(
            "Gpu = \"H100\" (it has NVIDIA A100-SXM4-80GB, NVIDIA A100-SXM4-80GB, NVIDIA GeForce RTX 4090); Cpus = \"64+\" (it has 8); Memory = \"512\" (it has 31.5 GiB)",
            Machine.Lacks(Resources.Parse("H100", "64+", "512")));

    [Fact]
    public void The_devices_are_read_from_the_driver()
    {
        using var driver = new TemporaryFolder();
        driver.Write("0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:   \t\t 171\n");
        driver.Write("0000:02:00.0/information", "Model: \t\t NVIDIA H200\n");

        Assert.Equal(["NVIDIA H200", "NVIDIA H200"], LocalMachine.ReadModels(driver.Path));
        Assert.Empty(LocalMachine.ReadModels(Path.Combine(driver.Path, "nothing")));
    }

    [Fact]
    public void A_lack_is_a_warning_said_once()
    {
        var output = new Lines();
        LocalNeeds needs = Needs(strict: false, output);
        needs.Check(Resources.Parse(gpu: "H100"));
        needs.Check(Resources.Parse(gpu: "H100"));
        needs.Check(Resources.Parse(gpu: "A100"));
        needs.Check(Resources.Parse(cpus: "64"));

        Assert.Collection(
            output.Written,
            line => Assert.Contains("H100", line, StringComparison.Ordinal),
            line => Assert.Contains("Cpus = \"64\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_lack_is_an_error_when_the_configuration_is_strict()
    {
        var error = Assert.Throws<CapacityException>(() => Needs(strict: true, new Lines()).Check(Resources.Parse(gpu: "H100:8")));
        Assert.Contains("H100:8", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:Local:Strict", error.Message, StringComparison.Ordinal);
    }

    private static LocalNeeds Needs(bool strict, RemoteOutput output) => new(new Lazy<LocalMachine>(Machine), strict, output, TimeProvider.System);

    private sealed class Lines : RemoteOutput
    {
        public List<string> Written { get; } = [];

        public override void Write(LogRecord record) => Written.Add(record.Text);
    }
}
