using Runhouse.Runtime.Choice;
using Runhouse.Simulation.Time;

namespace Runhouse.Simulation.Cloud;

/// <summary>A provider of machines that are made up. It refuses as clouds do: for lack of capacity by zone and hour, for types that a zone does not have, for quotas, and for requests that come too fast.</summary>
/// <param name="time">The clock.</param>
/// <param name="weather">Its failures.</param>
internal sealed class SimulatedCloud(VirtualTime time, Weather weather) : IMachineMaker<SimulatedMachine>
{
    // By region, and for spot machines on their own.
    private const int AcceleratorQuota = 16;
    private const double CoreQuota = 512;

    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(2);

    private readonly List<SimulatedMachine> _machines = [];
    private readonly List<SimulatedMachine> _there = [];
    private readonly Dictionary<(string, string), RequestLimit> _limits = [];

    /// <summary>All machines that there were.</summary>
    public IReadOnlyList<SimulatedMachine> Machines => _machines;

    /// <summary>How many requests failed, by class.</summary>
    public Dictionary<ProvisioningFailure, int> Failures { get; } = [];

    /// <summary>How many machines were taken back or died after they had served.</summary>
    public int LostMachines { get; private set; }

    /// <inheritdoc/>
    public async Task<MakeOutcome<SimulatedMachine>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        await Task.Delay(RequestTime, time, cancellationToken).ConfigureAwait(false);
        if (Refusal(candidate) is { } refusal)
            return Fail(refusal);

        var machine = new SimulatedMachine(_machines.Count, candidate, time.Now, time);
        _machines.Add(machine);
        _there.Add(machine);
        TimeSpan end = weather.DiesAt(machine.Number, time.Now);
        if (candidate.IsSpot && weather.TakenBackAt(candidate, time.Now) is var taken && taken < end)
            end = taken;
        TimeSpan boot = weather.BootTime(candidate, machine.Number);
        if (time.Now + boot < end)
        {
            await Task.Delay(boot, time, cancellationToken).ConfigureAwait(false);
            time.At(end, () => Lose(machine));
            return new MakeOutcome<SimulatedMachine>(machine);
        }

        await Task.Delay(end - time.Now, time, cancellationToken).ConfigureAwait(false);
        machine.End(time.Now);
        return Fail(new MakeFailure(ProvisioningFailure.Capacity, "SpotInstanceTermination", "The machine was taken back while it started."));
    }

    private void Lose(SimulatedMachine machine)
    {
        if (machine.Until is not null)
            return;
        LostMachines++;
        machine.End(time.Now);
        machine.Lost?.Invoke();
    }

    private MakeFailure? Refusal(Candidate candidate)
    {
        MachineOffer offer = candidate.Offer;
        if (!_limits.TryGetValue((offer.Provider, offer.Region), out RequestLimit? limit))
            _limits.Add((offer.Provider, offer.Region), limit = new RequestLimit());
        if (!limit.TryPass(time.Now))
            return new MakeFailure(ProvisioningFailure.Throttled, "RequestLimitExceeded", "Request limit exceeded.");

        // As the providers say it in our words: nothing is known of the other zones.
        if (weather.IsMissingInZone(candidate))
            return new MakeFailure(ProvisioningFailure.Capacity, "Unsupported", "The instance type is not sold in this zone.");
        if (weather.IsOut(candidate, time.Now))
            return new MakeFailure(ProvisioningFailure.Capacity, "InsufficientInstanceCapacity", "There is not sufficient capacity.");
        return IsOverQuota(candidate) ? new MakeFailure(ProvisioningFailure.Quota, "VcpuLimitExceeded", "The quota is used up.") : null;
    }

    private bool IsOverQuota(Candidate candidate)
    {
        _there.RemoveAll(static one => one.Until is not null);
        MachineOffer offer = candidate.Offer;
        SimulatedMachine[] pool =
        [
            .. _there.Where(one => one.Candidate.IsSpot == candidate.IsSpot
                && (one.Candidate.Offer.Provider, one.Candidate.Offer.Region, one.Candidate.Offer.Accelerator?.Name) == (offer.Provider, offer.Region, offer.Accelerator?.Name)),
        ];
        return offer.Accelerator is { } accelerator
            ? pool.Sum(static one => one.Candidate.Offer.Accelerator!.Value.Count) + accelerator.Count > AcceleratorQuota
            : pool.Sum(static one => one.Candidate.Offer.Cpus) + offer.Cpus > CoreQuota;
    }

    private MakeOutcome<SimulatedMachine> Fail(MakeFailure failure)
    {
        Failures[failure.Failure] = Failures.GetValueOrDefault(failure.Failure) + 1;
        return new MakeOutcome<SimulatedMachine>(failure);
    }
}
