using CsCheck;

namespace Runhouse.Tests;

public sealed class ResourcesTests
{
    [Fact]
    public void Nothing_asked_for_is_satisfied_by_anything()
        => Assert.True(Resources.None.Satisfies(Resources.Parse()));

    [Theory]
    [InlineData("A100", "A100", true)]
    [InlineData("A100:4", "a100:2", true)]
    [InlineData("A100", "A100:2", false)]
    [InlineData("H100", "A100|H100", true)]
    [InlineData("H100:2", " A100:8 | H100:2 ", true)]
    [InlineData("T4", "A100|H100", false)]
    public void An_accelerator_satisfies_by_name_and_count(string have, string need, bool satisfied)
        => Assert.Equal(satisfied, Resources.Parse(gpu: have).Satisfies(Resources.Parse(gpu: need)));

    [Fact]
    public void No_accelerator_does_not_satisfy_one()
        => Assert.False(Resources.Parse(cpus: "64").Satisfies(Resources.Parse(gpu: "A100")));

    [Theory]
    [InlineData("8", "8+", true)]
    [InlineData("16", "8", true)]
    [InlineData("7.5", "8+", false)]
    public void Cores_satisfy_by_amount(string have, string need, bool satisfied)
        => Assert.Equal(satisfied, Resources.Parse(cpus: have).Satisfies(Resources.Parse(cpus: need)));

    [Theory]
    [InlineData("", "Cpus")]
    [InlineData("eight", "Cpus")]
    [InlineData("-1", "Cpus")]
    [InlineData("0", "Cpus")]
    [InlineData("8++", "Cpus")]
    [InlineData("1,5", "Cpus")]
    public void A_bad_amount_is_an_error_that_names_the_resource_and_shows_the_text(string text, string resource)
    {
        var error = Assert.Throws<FormatException>(() => Resources.Parse(cpus: text));
        Assert.Contains($"{resource} = \"{text}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"8+\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":2")]
    [InlineData("A100:")]
    [InlineData("A100:0")]
    [InlineData("A100:two")]
    [InlineData("A100||H100")]
    public void A_bad_accelerator_is_an_error_that_shows_an_example(string text)
    {
        var error = Assert.Throws<FormatException>(() => Resources.Parse(gpu: text));
        Assert.Contains("A100:2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_printed_reads_back()
    {
        Gen.Select(Gen.Int[1, 64], Gen.Bool, Gen.Int[1, 16]).Sample((cores, orMore, count) =>
        {
            string cpus = cores + (orMore ? "+" : "");
            Resources resources = Resources.Parse(gpu: $"A100:{count}|H100", cpus: cpus);
            Assert.Equal(resources, Resources.Parse(gpu: string.Join('|', resources.Accelerators), cpus: resources.Cpus.ToString()));
        });
    }

    [Fact]
    public void Equal_values_are_equal_and_hash_alike()
    {
        Resources one = Resources.Parse(gpu: "A100:2|H100", memory: "32+");
        Resources other = Resources.Parse(gpu: "A100:2|H100", memory: "32+");
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, Resources.Parse(gpu: "H100|A100:2", memory: "32+"));
    }

    [Theory]
    [InlineData("A100", "NVIDIA A100-SXM4-80GB", true)]
    [InlineData("a100-80gb", "NVIDIA A100-SXM4-80GB", true)]
    [InlineData("RTX4090", "NVIDIA GeForce RTX 4090", true)]
    [InlineData("A10", "NVIDIA A100-SXM4-80GB", false)]
    [InlineData("H100", "NVIDIA A100-SXM4-80GB", false)]
    public void A_device_is_known_by_words_of_its_drivers_name(string name, string model, bool isOne)
        => Assert.Equal(isOne, new Accelerator(name, 1).Names(model));

    [Fact]
    public void Running_out_of_memory_is_one_thing_however_it_is_told()
    {
        Assert.True(WorkerLostException.IsOutOfMemory(new InsufficientMemoryException()));
        Assert.True(WorkerLostException.IsOutOfMemory(new WorkerLostException("lost") { Reason = WorkerLossReason.OutOfMemory }));
        Assert.False(WorkerLostException.IsOutOfMemory(new WorkerLostException("lost") { Reason = WorkerLossReason.Killed }));
        Assert.False(WorkerLostException.IsOutOfMemory(new TimeoutException()));
    }
}
