using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Bounds;

/// <summary>
/// A fleet that is there all week, as teams have it without any of this: the machines that the authors ask for, on demand, one job to a machine. Its machines boot at no cost,
/// never die and are never refused, which is better than they do.
/// </summary>
internal static class AlwaysOn
{
    /// <summary>The machines for the peak of each kind of work: no job ever waits.</summary>
    /// <param name="jobs">The jobs.</param>
    /// <param name="catalogue">The machines that there are.</param>
    public static AlwaysOnFleet ForPeak(IReadOnlyList<Job> jobs, MachineCatalogue catalogue) => Size(jobs, catalogue, static group => SumOfKinds(group, Peak));

    /// <summary>
    /// The fewest machines on which every job is still done in time: jobs wait for each other, the most urgent first. Kinds of work share machines where that takes fewer; it
    /// does not where long jobs would hold up short ones.
    /// </summary>
    /// <param name="jobs">The jobs.</param>
    /// <param name="catalogue">The machines that there are.</param>
    public static AlwaysOnFleet ForDeadlines(IReadOnlyList<Job> jobs, MachineCatalogue catalogue)
        => Size(jobs, catalogue, static group => Math.Min(FewestInTime(group), SumOfKinds(group, FewestInTime)));

    private static AlwaysOnFleet Size(IReadOnlyList<Job> jobs, MachineCatalogue catalogue, Func<Job[], int> count)
        => new([.. jobs.GroupBy(job => catalogue.Find(job.Asked).Required()[0]).Select(group => new AlwaysOnPool(group.Key, count([.. group])))]);

    private static int SumOfKinds(Job[] jobs, Func<Job[], int> count) => jobs.GroupBy(static job => job.Kind).Sum(kind => count([.. kind]));

    private static int FewestInTime(Job[] jobs) => Enumerable.Range(1, Peak(jobs)).First(machines => MeetsDeadlines(jobs, machines));

    private static int Peak(Job[] jobs)
    {
        int now = 0;
        int most = 0;
        foreach ((_, int change) in jobs.SelectMany(static job => new[] { (At: job.Arrival, Change: 1), (At: job.Arrival + job.Duration, Change: -1) }).OrderBy(static one => one.At).ThenBy(static one => one.Change))
        {
            now += change;
            most = Math.Max(most, now);
        }

        return most;
    }

    private static bool MeetsDeadlines(Job[] jobs, int machines)
    {
        var waiting = new PriorityQueue<Job, TimeSpan>();
        var free = new PriorityQueue<int, TimeSpan>(Enumerable.Range(0, machines).Select(static machine => (machine, TimeSpan.Zero)));
        Job[] coming = [.. jobs.OrderBy(static job => job.Arrival)];
        int next = 0;
        while (next < coming.Length || waiting.Count > 0)
        {
            free.TryPeek(out _, out TimeSpan from);
            TimeSpan now = waiting.Count > 0 || coming[next].Arrival < from ? from : coming[next].Arrival;
            for (; next < coming.Length && coming[next].Arrival <= now; next++)
                waiting.Enqueue(coming[next], coming[next].Deadline - coming[next].Duration);
            Job job = waiting.Dequeue();
            TimeSpan end = (job.Arrival > now ? job.Arrival : now) + job.Duration;
            if (end > job.Deadline)
                return false;
            free.Dequeue();
            free.Enqueue(0, end);
        }

        return true;
    }
}
