using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Bounds;

/// <summary>
/// What the jobs cost at least, whoever schedules them and whatever he knows in advance. Cores, memory and accelerators are given prices under which no machine of the catalogue
/// is worth more than it costs; then every schedule costs at least what its jobs use at these prices, since a machine cannot give more than it has. The prices that make this bound the largest
/// are found by linear programming (it is the dual of buying parts of machines by the second, without a rest). No boot, no idle second, no failure and no preemption is in it.
/// </summary>
internal static class Clairvoyant
{
    /// <summary>Computes the bound, in dollars.</summary>
    /// <param name="jobs">The jobs.</param>
    /// <param name="catalogue">The machines that there are.</param>
    /// <param name="spot">Whether what can be interrupted may run on spot machines; what cannot never may, which is its author's word.</param>
    public static double Bound(IReadOnlyList<Job> jobs, MachineCatalogue catalogue, bool spot)
    {
        // Which accelerators would do, as they are written: each such group is a resource of its own, worth no more than any model in it.
        string[] groups = [.. jobs.Select(GroupOf).Where(static group => group.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        int size = 2 + groups.Length;
        double[] use = new double[size * 2];
        foreach (Job job in jobs)
        {
            // The first half is of what may run on spot machines, the second of what may not.
            int half = spot && job.CanBeInterrupted ? 0 : size;
            double hours = job.Duration.TotalHours;
            use[half] += job.Cores * hours;
            use[half + 1] += job.Memory * hours;
            if (GroupOf(job) is { Length: > 0 } group)
                use[half + 2 + Array.IndexOf(groups, group)] += job.Accelerators * hours;
        }

        var rows = new List<(double[], double)>();
        foreach (Candidate candidate in Cheapest(catalogue))
        {
            int half = candidate.IsSpot ? 0 : size;
            foreach (double[] row in Rows(candidate.Offer, groups, half, size))
                rows.Add((row, (double)candidate.Price!.Value));
        }

        // A machine on demand may hold both: nothing is worth more there because it could run elsewhere.
        for (int i = 0; i < size; i++)
        {
            double[] row = new double[size * 2];
            (row[i], row[size + i]) = (1, -1);
            rows.Add((row, 0));
        }

        double[] prices = LinearProgram.Maximize(use, rows);
        return prices.Zip(use, static (price, amount) => price * amount).Sum();
    }

    // A machine's accelerators are of one model, which may be in several groups: each accelerator is given to one of them, so that the dearest counts.
    private static IEnumerable<double[]> Rows(MachineOffer offer, string[] groups, int half, int size)
    {
        int[] mine = [.. Enumerable.Range(0, groups.Length).Where(index => offer.Accelerator is { } has && groups[index].Split('|').Any(name => new Accelerator(name, 1).Names(has.Name)))];
        foreach (int index in mine.DefaultIfEmpty(-1))
        {
            double[] row = new double[size * 2];
            row[half] = offer.Cpus;
            row[half + 1] = offer.Memory;
            if (index >= 0)
                row[half + 2 + index] = offer.Accelerator!.Value.Count;
            yield return row;
        }
    }

    // Each machine at the least that it costs anywhere, on spot and on demand.
    private static IEnumerable<Candidate> Cheapest(MachineCatalogue catalogue) => catalogue.Find(Resources.None with { Spot = SpotUse.Allowed })
        .Where(static one => one.Price is not null)
        .GroupBy(static one => (one.Offer.Provider, one.Offer.InstanceType, one.IsSpot))
        .Select(static group => group.MinBy(static one => one.Price)!);

    private static string GroupOf(Job job) => string.Join('|', job.Asked.Accelerators.Select(static one => one.Name));
}
