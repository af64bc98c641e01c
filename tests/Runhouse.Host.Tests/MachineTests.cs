using Runhouse.Host.Machines;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class MachineTests
{
    [Fact]
    public async Task Status_tells_the_machine_and_what_a_worker_uses()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync("""say '{"kind":"serving"}'"""));
        HostStatus status = await host.StatusAsync();
        Assert.Equal(Environment.ProcessorCount, status.Machine.Cores);
        Assert.Equal(Environment.MachineName, status.Machine.Name);
        Assert.InRange(status.Machine.MemoryAvailableBytes, 1, status.Machine.MemoryBytes);
        Assert.InRange(status.Machine.DiskAvailableBytes, 1, status.Machine.DiskBytes);
        Assert.InRange(status.Workers.Single(worker => worker.Id == reply.WorkerId).MemoryBytes, 100_000, 100 << 20);
    }

    [Fact]
    public void Devices_are_read_with_what_they_do_not_tell()
    {
        Assert.Equal(
            [
                new AcceleratorStatus("NVIDIA A100-SXM4-80GB") { Index = 0, UsePercent = 37, MemoryUsedBytes = 1024L << 20, MemoryBytes = 81920L << 20 },
                new AcceleratorStatus("NVIDIA H100 MIG 1g") { Index = 3, MemoryBytes = 9856L << 20 },
            ],
            Accelerators.Parse(Devices, visible: null));
    }

    [Theory]
    [InlineData("3", new[] { 3 })]
    [InlineData("GPU-1111", new[] { 0 })]
    [InlineData("3,0", new[] { 0, 3 })]
    [InlineData("", new int[0])]
    public void Devices_that_the_host_may_not_use_are_none_of_its_own(string visible, int[] indexes)
        => Assert.Equal(indexes, Accelerators.Parse(Devices, visible).Select(static device => device.Index));

    private const string Devices = "0, GPU-1111-22, NVIDIA A100-SXM4-80GB, 37, 1024, 81920\n3, GPU-3333-44, NVIDIA H100 MIG 1g, [N/A], [N/A], 9856\n\nNo devices were found\n";

    [Fact]
    public void A_process_whose_name_has_blanks_and_parentheses_is_read()
    {
        const string Stat = "4711 (a (b) c) S 1 4711 4711 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 5 0 1000 1000000 300 18446744073709551615";
        (long memory, double cpu) = Assert.NotNull(ProcessReading.Parse(Stat, "1000 300 200 1 0 100 0"));
        Assert.Equal(300 * Environment.SystemPageSize, memory);
        Assert.Equal(3.0, cpu);
        Assert.Null(ProcessReading.Parse("4711 (x) S 1", "1"));
    }

    [Fact]
    public void Memory_and_load_are_read()
    {
        Assert.Equal((16_000L << 10, 4_000L << 10), MachineReading.ParseMemory(["MemTotal:       16000 kB", "MemFree:  1 kB", "MemAvailable:    4000 kB"]));
        Assert.Equal(0.52, MachineReading.ParseLoad("0.52 0.58 0.59 1/389 12345\n"));
        Assert.Equal(0, MachineReading.ParseLoad(""));
    }
}
