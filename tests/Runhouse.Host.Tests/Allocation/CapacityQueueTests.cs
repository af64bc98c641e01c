using CsCheck;
using Runhouse.Host.Machines;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Allocation;

public sealed class CapacityQueueTests
{
    private const double Cores = 4;
    private const double MemoryGiB = 8;

    private static readonly AcceleratorStatus[] Devices = [.. Enumerable.Range(0, 4).Select(static i => new AcceleratorStatus(i < 3 ? "NVIDIA A100" : "NVIDIA H100") { Index = i })];

    private static Gen<Resources> Needs => Gen.Select(
        OneOf(null, "A100", "A100:2", "H100", "H100|A100:3"),
        OneOf(null, "0.1", "1+", "3", "4"),
        OneOf(null, "0.3", "2+", "7", "8"),
        static (gpu, cpus, memory) => Resources.Parse(gpu, cpus, memory));

    // What happens: someone comes, the n-th of those who wait gives up, or the n-th of those who hold something ends.
    private static Gen<(int What, int Which, Resources Needs, bool IsLenient)[]> Events =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20], Needs, Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true)))).Array[1, 60];

    private static Gen<string?> OneOf(params string?[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    [Fact]
    public void Whatever_happens_nothing_is_held_twice_nobody_waits_for_what_is_free_and_all_get_their_turn() => Events.Sample(static events =>
    {
        var capacity = new Capacity(Cores, MemoryGiB);
        capacity.SetDevices(Devices);
        var queue = new CapacityQueue(capacity);
        var waiting = new List<CapacityWait>();
        var holding = new List<CapacityWait>();
        foreach ((int what, int which, Resources needs, bool isLenient) in events)
        {
            if (what <= 1)
            {
                waiting.Add(queue.Enter(needs, isLenient));
            }
            else if (what == 2 && waiting.Count > 0)
            {
                CapacityWait leaving = waiting[which % waiting.Count];
                waiting.Remove(leaving);
                queue.Leave(leaving);
                Assert.True(leaving.Granted.IsCanceled);
            }
            else if (what == 3 && holding.Count > 0)
            {
                CapacityWait ending = holding[which % holding.Count];
                holding.Remove(ending);
                queue.Return(HoldingOf(ending));
            }

            Settle(queue, waiting, holding);
        }

        while (holding.Count > 0)
        {
            CapacityWait ending = holding[0];
            holding.RemoveAt(0);
            queue.Return(HoldingOf(ending));
            Settle(queue, waiting, holding);
        }

        Assert.Empty(waiting);
    });

    [Fact]
    public void Who_waits_for_an_accelerator_holds_up_nobody_who_needs_none_and_is_overtaken_by_nobody_who_does()
    {
        var capacity = new Capacity(Cores, MemoryGiB);
        capacity.SetDevices(Devices);
        var queue = new CapacityQueue(capacity);
        CapacityWait first = queue.Enter(Resources.Parse(gpu: "A100:2"), isLenient: false);
        CapacityWait large = queue.Enter(Resources.Parse(gpu: "A100:3"), isLenient: false);
        CapacityWait small = queue.Enter(Resources.Parse(gpu: "A100"), isLenient: false);
        CapacityWait cores = queue.Enter(Resources.Parse(cpus: "4"), isLenient: false);
        Assert.Equal((true, false, false, true), (first.Granted.IsCompleted, large.Granted.IsCompleted, small.Granted.IsCompleted, cores.Granted.IsCompleted));
        queue.Return(HoldingOf(first));
        Assert.Equal((true, false), (large.Granted.IsCompleted, small.Granted.IsCompleted));
    }

    private static void Settle(CapacityQueue queue, List<CapacityWait> waiting, List<CapacityWait> holding)
    {
        holding.AddRange(waiting.Where(static wait => wait.Granted.IsCompletedSuccessfully));
        waiting.RemoveAll(static wait => wait.Granted.IsCompletedSuccessfully);
        Assert.Equal(waiting, queue.Waiting);

        Holding[] held = [.. holding.Select(static wait => HoldingOf(wait))];
        int[] devices = [.. held.SelectMany(static one => one.Devices)];
        Assert.Equal(devices.Length, devices.Distinct().Count());
        Assert.InRange(holding.Where(static one => !one.IsLenient).Sum(static one => HoldingOf(one).Cores), 0, Cores + 1e-6);
        Assert.InRange(holding.Where(static one => !one.IsLenient).Sum(static one => HoldingOf(one).MemoryGiB), 0, MemoryGiB + 1e-6);
        foreach (CapacityWait wait in holding.Where(static one => one.Needs.Accelerators.Count > 0))
        {
            // The right model, and as many as were asked for.
            Accelerator granted = Assert.NotNull(HoldingOf(wait).Granted);
            Assert.Contains(granted, wait.Needs.Accelerators);
            Assert.Equal(granted.Count, HoldingOf(wait).Devices.Count);
            Assert.All(HoldingOf(wait).Devices, index => Assert.True(granted.Names(Devices[index].Name)));
        }

        // The first of those who wait is one for whom there is no room.
        if (waiting.Count > 0)
            Assert.NotEqual(Scarce.None, waiting[0].Lacks);
        if (waiting.Count > 0 && !waiting[0].IsLenient)
            Assert.False(Fits(waiting[0].Needs, holding, devices));
    }

    private static Holding HoldingOf(CapacityWait wait) => wait.Granted.IsCompletedSuccessfully ? wait.Granted.GetAwaiter().GetResult() : throw new InvalidOperationException("It waits.");

    private static bool Fits(Resources needs, List<CapacityWait> holding, int[] taken)
        => holding.Sum(static one => HoldingOf(one).Cores) + (needs.Cpus?.Value ?? 0) <= Cores
        && holding.Sum(static one => HoldingOf(one).MemoryGiB) + (needs.Memory?.Value ?? 0) <= MemoryGiB
        && (needs.Accelerators.Count == 0 || needs.Accelerators.Any(need => Devices.Count(device => need.Names(device.Name) && !taken.Contains(device.Index)) >= need.Count));
}
