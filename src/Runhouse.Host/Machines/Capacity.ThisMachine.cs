using Runhouse.Host.Hosting;

namespace Runhouse.Host.Machines;

/// <summary>What there is on the machine that the host runs on. Apart from the account itself, which the simulator of costs keeps for machines that it makes up.</summary>
internal sealed partial class Capacity
{
    // What firmware and kernel keep for themselves is less. A list that says more than that is wrong.
    private const double LeastVisible = 7.0 / 8;

    /// <summary>The capacity of this machine, of which the host's own group may have less.</summary>
    public static Capacity OfThisMachine(MemoryGroups groups, HostSettings settings)
    {
        double visible = MachineReading.ReadMemory().Total / (double)(1L << 30);
        double? ownLimit = groups.OwnLimitBytes / (double)(1L << 30);
        if (settings.MemoryShareGiB is { } share && !(ownLimit < share))
            ownLimit = share;
        return new Capacity(Environment.ProcessorCount, MemoryOf(visible, settings.MachineMemoryGiB, ownLimit));
    }

    /// <summary>The memory that is given out, in GiB: a machine that was leased for its size has that size for who asks for it, although its system shows some per cent less.</summary>
    /// <param name="visible">What the system shows.</param>
    /// <param name="sold">What the machine is sold with; null when that is not known.</param>
    /// <param name="ownLimit">What the host's own group may have, or its share of the machine; null for no limit.</param>
    internal static double MemoryOf(double visible, double? sold, double? ownLimit)
    {
        double machine = sold is { } size && size > visible && size * LeastVisible <= visible ? size : visible;
        return ownLimit < machine ? ownLimit.Value : machine;
    }
}
