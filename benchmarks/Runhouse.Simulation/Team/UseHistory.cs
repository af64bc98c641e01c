using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Team;

/// <summary>What the runs of each series have used, and what the next one asks for because of that. The first asks for what its author has written.</summary>
internal sealed class UseHistory
{
    private const double Margin = 1.25;

    private readonly Dictionary<string, (int Accelerators, double Cores, double Memory)> _most = new(StringComparer.Ordinal);

    /// <summary>Learns from a run that has come to its end.</summary>
    /// <param name="job">The run.</param>
    public void Add(Job job)
    {
        (int accelerators, double cores, double memory) = _most.GetValueOrDefault(job.Series);
        _most[job.Series] = (Math.Max(accelerators, job.Accelerators), Math.Max(cores, job.Cores), Math.Max(memory, job.Memory));
    }

    /// <summary>What the next run asks for: the most that was used with a margin for memory, in whole cores and GiB, and never more than its author has written.</summary>
    /// <param name="job">The run.</param>
    public Resources NeedsOf(Job job)
    {
        if (!_most.TryGetValue(job.Series, out (int Accelerators, double Cores, double Memory) most))
            return job.Asked;
        return job.Asked with
        {
            Accelerators = new([.. job.Asked.Accelerators.Select(one => one with { Count = Math.Min(one.Count, most.Accelerators) })]),
            Cpus = new Quantity(Math.Min(job.Asked.Cpus!.Value.Value, Math.Ceiling(most.Cores)), OrMore: true),
            Memory = new Quantity(Math.Min(job.Asked.Memory!.Value.Value, Math.Ceiling(most.Memory * Margin)), OrMore: true),
        };
    }
}
