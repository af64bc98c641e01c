namespace Runhouse.Integration.Files;

[Collection(MemoryCollection.Name)]
public sealed class LargeValueTests(LocalHost host)
{
    private const long GiB = 1L << 30;
    private const long Bounded = 256L << 20;

    [Fact]
    [Acceptance(37)]
    public async Task A_GiB_goes_through_with_bounded_memory_on_both_sides()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        int[] processes = [Environment.ProcessId, (await host.StatusAsync()).GetProperty("processId").GetInt32()];
        long[] before = [.. processes.Select(ResetPeak)];
        await using (var source = new PatternStream(GiB))
            Assert.Equal(GiB, (await test.Objects.PutAsync("large", source)).Size);
        await using (Stream stream = await test.Objects.GetAsync("large"))
            Assert.Equal(GiB, await PatternStream.CheckAsync(stream));
        long[] grown = [.. processes.Select((process, index) => Status(process, "VmHWM") - before[index])];
        await test.Objects.DeleteAsync("large");

        TestContext.Current.TestOutputHelper?.WriteLine($"Peaks grew by {grown[0] >> 20} MiB here and by {grown[1] >> 20} MiB in the host.");
        Assert.All(grown, static bytes => Assert.InRange(bytes, long.MinValue, Bounded));
    }

    private static long ResetPeak(int process)
    {
        File.WriteAllText($"/proc/{process}/clear_refs", "5");
        return Status(process, "VmRSS");
    }

    private static long Status(int process, string name)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..^2].Trim()) << 10;
    }
}
