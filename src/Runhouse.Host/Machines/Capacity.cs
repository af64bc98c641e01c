using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Machines;

/// <summary>
/// The machine's accelerators, cores and memory, and what workers hold of them. It is an account, which binds those that declare what they need: code that says nothing
/// runs beside it. Not thread-safe: whoever has it locks.
/// </summary>
/// <param name="cores">The machine's processor cores.</param>
/// <param name="memoryGiB">The machine's memory.</param>
internal sealed partial class Capacity(double cores, double memoryGiB)
{
    // Amounts such as 0.1 add up to a little more or less than they should.
    private const double Rounding = 1e-9;

    private readonly SortedDictionary<int, AcceleratorStatus> _devices = [];
    private readonly List<Holding> _held = [];

    /// <summary>Learns what accelerators there are. Those that are held stay so.</summary>
    public void SetDevices(IEnumerable<AcceleratorStatus> devices)
    {
        _devices.Clear();
        foreach (AcceleratorStatus device in devices)
            _devices[device.Index] = device;
    }

    /// <summary>What the machine lacks for some needs, however little of it is held; null when nothing.</summary>
    /// <param name="needs">The needs.</param>
    public string? Lacks(Resources needs)
    {
        string missing = string.Join("; ", Missing(needs));
        return missing.Length == 0 ? null : missing;
    }

    /// <summary>Takes what some code needs.</summary>
    /// <param name="needs">The needs.</param>
    /// <param name="isLenient">Whether to do without the accelerators that the machine lacks, and to share its cores and memory.</param>
    /// <param name="lacking">What others hold too much of, when nothing is taken.</param>
    /// <returns>What was taken; null when it is not to be had now.</returns>
    public Holding? TryTake(Resources needs, bool isLenient, out Scarce lacking)
    {
        if (Choose(needs, isLenient, _held, out lacking) is not { } chosen)
            return null;
        _held.Add(chosen);
        return chosen;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Return(Holding holding) => _held.RemoveAll(held => ReferenceEquals(held, holding));

    /// <summary>Whether some needs could be met if holdings were given back.</summary>
    public bool WouldFit(Resources needs, bool isLenient, IEnumerable<Holding> returned)
        => Choose(needs, isLenient, [.. _held.Except(returned, ReferenceEqualityComparer.Instance).Cast<Holding>()], out _) is not null;

    private Holding? Choose(Resources needs, bool isLenient, IReadOnlyCollection<Holding> held, out Scarce lacking)
    {
        double wantedCores = needs.Cpus?.Value ?? 0;
        double wantedMemory = needs.Memory?.Value ?? 0;
        lacking = Scarce.None;
        if (!isLenient && held.Sum(static one => one.Cores) + wantedCores > cores + Rounding)
            lacking |= Scarce.Cores;
        if (!isLenient && held.Sum(static one => one.MemoryGiB) + wantedMemory > memoryGiB + Rounding)
            lacking |= Scarce.Memory;
        (Accelerator? granted, int[] devices) = ChooseDevices(needs, [.. held.SelectMany(static one => one.Devices)]);
        if (granted is null && needs.Accelerators.Count > 0 && !(isLenient && !Has(needs)))
            lacking |= Scarce.Accelerators;
        return lacking == Scarce.None ? new Holding(wantedCores, wantedMemory, granted, devices) : null;
    }

    private (Accelerator? Granted, int[] Devices) ChooseDevices(Resources needs, HashSet<int> taken)
    {
        foreach (Accelerator need in needs.Accelerators)
        {
            int[] free = [.. _devices.Values.Where(device => need.Names(device.Name) && !taken.Contains(device.Index)).Select(static device => device.Index).Take(need.Count)];
            if (free.Length == need.Count)
                return (need, free);
        }

        return (null, []);
    }

    private bool Has(Resources needs) => needs.Accelerators.Any(need => _devices.Values.Count(device => need.Names(device.Name)) >= need.Count);

    private IEnumerable<string> Missing(Resources needs)
    {
        if (needs.Accelerators.Count > 0 && !Has(needs))
            yield return $"Gpu = \"{string.Join('|', needs.Accelerators)}\" (it has {(_devices.Count == 0 ? "no accelerator" : string.Join(", ", _devices.Values.Select(static device => device.Name)))})";
        if (needs.Cpus is { } wanted && cores < wanted.Value)
            yield return string.Create(CultureInfo.InvariantCulture, $"Cpus = \"{wanted}\" (it has {cores})");
        if (needs.Memory is { } memory && memoryGiB < memory.Value)
            yield return string.Create(CultureInfo.InvariantCulture, $"Memory = \"{memory}\" (it has {memoryGiB:0.#} GiB)");
    }
}
