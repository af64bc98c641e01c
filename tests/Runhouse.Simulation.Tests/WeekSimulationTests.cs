using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Team;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Tests;

/// <summary>What holds whichever levers are pulled, and whatever fails.</summary>
public sealed class WeekSimulationTests
{
    private static readonly TimeSpan Length = TimeSpan.FromDays(2);

    private static readonly Job[] Jobs = [.. TraceFile.ReadWeek().Where(static job => job.Arrival < Length)];

    public static TheoryData<string> Strategies => [.. Strategy.Every.Select(static one => one.Name)];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_job_is_run_to_its_end_exactly_once_in_effect(string strategy)
    {
        SimulationResult result = Run(strategy);
        Assert.Equal(Jobs, result.Runs.Select(static run => run.Job));
        Assert.Equal(Jobs.Length, result.Done);
        Assert.All(result.Runs, static run =>
        {
            Assert.Equal(run.Job.Duration, run.Ran - run.Lost);
            Assert.True(run.Job.Arrival <= run.Begun && run.Begun < run.Done);
            Assert.Equal(run.Attempts, run.Stays.Count);
            Assert.All(run.Stays.Zip(run.Stays.Skip(1)), static pair => Assert.True(pair.First.Until <= pair.Second.From));
        });
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void The_cost_is_the_time_of_machines_by_their_price_and_no_machine_is_left_over(string strategy)
    {
        SimulationResult result = Run(strategy);
        decimal cost = 0;
        foreach (SimulatedMachine machine in result.Machines)
        {
            Assert.NotNull(machine.Until);
            MachineOffer offer = machine.Candidate.Offer;
            decimal price = (machine.Candidate.IsSpot ? offer.SpotPrice ?? offer.ListPrice : offer.ListPrice)!.Value;
            cost += price * (decimal)Math.Max(60, Math.Ceiling((machine.Until.Value - machine.From).TotalSeconds)) / 3600;
        }

        Assert.Equal((double)cost, result.Cost, 6);
        Assert.All(result.Runs.SelectMany(static run => run.Stays), static stay => Assert.True(stay.Machine.From < stay.From && stay.Until <= stay.Machine.Until));
        if (result.Strategy.IdleTimeout is { } timeout)
        {
            Dictionary<SimulatedMachine, TimeSpan> last = result.Runs.SelectMany(static run => run.Stays).GroupBy(static stay => stay.Machine).ToDictionary(static stays => stays.Key, static stays => stays.Max(static stay => stay.Until));
            Assert.All(last, one => Assert.InRange(one.Key.Until!.Value - one.Value, TimeSpan.Zero, timeout + TimeSpan.FromSeconds(30)));
        }
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void The_same_seed_gives_the_same_result_and_another_one_another(string strategy)
    {
        SimulationResult result = Run(strategy);
        SimulationResult again = Run(strategy);
        Assert.Equal(result.Machines.Select(Describe), again.Machines.Select(Describe));
        Assert.Equal(result.Runs.Select(static run => (run.Begun, run.Done, run.Lost)), again.Runs.Select(static run => (run.Begun, run.Done, run.Lost)));
        Assert.NotEqual(result.Cost, Run(strategy, seed: 2).Cost);

        static (Candidate, TimeSpan, TimeSpan?) Describe(SimulatedMachine machine) => (machine.Candidate, machine.From, machine.Until);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void No_machine_gives_more_than_it_has(string strategy)
    {
        SimulationResult result = Run(strategy);
        foreach (IGrouping<SimulatedMachine, Stay> stays in result.Runs.SelectMany(static run => run.Stays).GroupBy(static stay => stay.Machine))
        {
            MachineOffer offer = stays.Key.Candidate.Offer;
            foreach (Stay stay in stays)
            {
                Stay[] together = [.. stays.Where(other => other.From <= stay.From && stay.From < other.Until)];
                Assert.True(together.Sum(static one => one.Holding.Cores) <= offer.Cpus + 1e-6);
                Assert.True(together.Sum(static one => one.Holding.MemoryGiB) <= offer.Memory + 1e-6);
                int[] devices = [.. together.SelectMany(static one => one.Holding.Devices)];
                Assert.Equal(devices.Distinct(), devices);
                Assert.All(devices, device => Assert.InRange(device, 0, offer.Accelerator!.Value.Count - 1));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_strategy_pulls_no_lever_that_is_not_its_own(string strategy)
    {
        SimulationResult result = Run(strategy);
        Assert.Equal(result.Strategy.Spot, result.Machines.Any(static machine => machine.Candidate.IsSpot));
        Assert.All(result.Runs.Where(static run => !run.Job.CanBeInterrupted), static run => Assert.All(run.Stays, static stay => Assert.False(stay.Machine.Candidate.IsSpot)));
        if (!result.Strategy.RightSizing)
            Assert.All(result.Runs, static run => Assert.All(run.Stays, stay => Assert.Equal(run.Job.Asked.Memory!.Value.Value, stay.Holding.MemoryGiB)));
        if (!result.Strategy.Sharing)
        {
            foreach (var machine in result.Runs.SelectMany(static run => run.Stays.Select(stay => (run.Job.Series, Stay: stay))).GroupBy(static one => one.Stay.Machine))
            {
                Assert.Single(machine.Select(static one => one.Series).Distinct());
                Stay[] stays = [.. machine.Select(static one => one.Stay).OrderBy(static stay => stay.From)];
                Assert.All(stays.Zip(stays.Skip(1)), static pair => Assert.True(pair.First.Until <= pair.Second.From));
            }
        }
    }

    [Fact]
    public void A_machine_that_is_taken_back_costs_a_job_no_more_than_what_it_did_since_its_last_snapshot()
    {
        SimulationResult result = Run(Strategy.All.Name, seed: 3);
        JobRun[] interrupted = [.. result.Runs.Where(static run => run.Interruptions > 0 && !run.WasTooSmall)];
        Assert.NotEmpty(interrupted);
        Assert.True(result.LostMachines > 0);
        Assert.All(interrupted, static run => Assert.True(run.Lost <= run.Job.Snapshot!.Value * run.Interruptions));
    }

    private static SimulationResult Run(string strategy, int seed = 1) => WeekSimulation.Run(Jobs, Length, Strategy.Every.Single(one => one.Name == strategy), seed);
}
