using Runhouse.Host.Machines;
using Runhouse.Runtime.Choice;
using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Time;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Team;

/// <summary>
/// Runs the team's jobs as its programs do: on a machine that is there and has room, else on one that is made for it. Which machine would do, and which is made, is said by the
/// catalogue and <see cref="Failover{TMachines}"/>; what fits beside what, by the host's account; when a machine ends, by the host's watch.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="cloud">Who makes machines.</param>
/// <param name="catalogue">What machines there are.</param>
/// <param name="strategy">Which levers are pulled.</param>
/// <param name="random">Spreads the pauses of searches.</param>
internal sealed class Fleet(VirtualTime time, SimulatedCloud cloud, MachineCatalogue catalogue, Strategy strategy, Random random)
{
    // A job joins a machine that costs at most so many times what its own would: a small one must not keep a large machine up.
    private const int DearestShare = 2;

    // After so many losses a job has had enough of spot machines.
    private const int MostInterruptions = 3;

    // How far into its run a job is when its memory has grown past what it holds.
    private const double MemoryPeaksAt = 0.3;

    // Who has less time than that left, beside a quarter of the work, takes no spot machine.
    private static readonly TimeSpan SpotReserve = TimeSpan.FromMinutes(45);

    // Until a caller has noticed that its machine is gone.
    private static readonly TimeSpan NoticeTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMinutes(5);

    private readonly List<ServingMachine> _serving = [];
    private readonly List<JobRun> _runs = [];
    private readonly List<Task> _searches = [];
    private readonly UseHistory _history = new();
    private readonly Dictionary<Resources, Candidates> _found = [];

    /// <summary>The jobs.</summary>
    public IReadOnlyList<JobRun> Runs => _runs;

    /// <summary>How many of them are done.</summary>
    public int Done { get; private set; }

    /// <summary>The searches for machines, all of which have ended when the simulation has.</summary>
    public IReadOnlyList<Task> Searches => _searches;

    /// <summary>How many jobs got too little memory.</summary>
    public int MemoryFailures { get; private set; }

    /// <summary>How many searches for a machine found none.</summary>
    public int EmptySearches { get; private set; }

    /// <summary>Takes a job on.</summary>
    /// <param name="job">The job.</param>
    public void Submit(Job job)
    {
        var run = new JobRun(job);
        _runs.Add(run);
        Place(run);
    }

    private void Place(JobRun run)
    {
        Resources needs = NeedsOf(run);
        if (!_found.TryGetValue(needs, out Candidates? candidates))
            _found.Add(needs, candidates = catalogue.Find(needs).Required());
        foreach (ServingMachine serving in Suitable(run, needs, candidates[0].Price))
        {
            if (serving.TryBegin(run, needs))
            {
                Follow(run, serving, needs);
                return;
            }
        }

        _searches.Add(LeaseAsync(run, needs, candidates));
    }

    private Resources NeedsOf(JobRun run)
    {
        Resources needs = strategy.RightSizing && !run.WasTooSmall ? _history.NeedsOf(run.Job) : run.Job.Asked;
        return needs with { Spot = TakesSpot(run) ? SpotUse.Allowed : SpotUse.Never };
    }

    private bool TakesSpot(JobRun run)
        => strategy.Spot && run.Job.CanBeInterrupted && run.Interruptions < MostInterruptions && run.Job.Deadline - time.Now > (run.Left * 1.25) + SpotReserve;

    private ServingMachine[] Suitable(JobRun run, Resources needs, decimal? own)
    {
        IEnumerable<ServingMachine> some = _serving.Where(one => needs.Spot != SpotUse.Never || !one.Machine.Candidate.IsSpot);
        some = strategy.Sharing
            ? some.Where(one => needs.Accelerators.Count > 0 == one.Machine.Candidate.Offer.Accelerator is not null && one.Machine.Price <= own * DearestShare)
            : some.Where(one => one.Series == run.Job.Series && one.Runs.Count == 0);
        return some.Where(one => one.Machine.Has(needs)).OrderBy(static one => one.Machine.Price).ThenBy(static one => one.Machine.Number).ToArray();
    }

    private async Task LeaseAsync(JobRun run, Resources needs, Candidates candidates)
    {
        try
        {
            var search = new Failover<SimulatedMachine>(_ => cloud, time, random);
            Made<SimulatedMachine> made = await search.MakeAsync(candidates, CancellationToken.None).ConfigureAwait(false);
            var serving = new ServingMachine(made.Machines, run.Job.Series, time, strategy.IdleTimeout, OnEnded);
            _serving.Add(serving);
            if (!serving.TryBegin(run, needs))
                throw new InvalidOperationException($"{made.Candidate} was made for {needs}, and has no room for it.");
            Follow(run, serving, needs);
        }
        catch (Exception e) when (e is CapacityException or QuotaException)
        {
            EmptySearches++;
            time.At(time.Now + RetryPause, () => Place(run));
        }
    }

    // Until it is done, or has grown past the memory that it holds.
    private void Follow(JobRun run, ServingMachine serving, Resources needs)
    {
        Holding holding = run.Holding!;
        bool isTooSmall = run.Job.Memory > needs.Memory!.Value.Value;
        TimeSpan lasts = isTooSmall ? run.Job.Duration * MemoryPeaksAt : run.Left;
        int attempt = run.Attempts;
        time.At(time.Now + lasts, () =>
        {
            if (run.Attempts != attempt || run.Machine is null)
                return;
            serving.Leave(run, holding);
            if (isTooSmall)
            {
                MemoryFailures++;
                run.RunOutOfMemory(time.Now);
                Place(run);
            }
            else
            {
                run.Finish(time.Now);
                Done++;
                _history.Add(run.Job);
            }
        });
    }

    private void OnEnded(ServingMachine serving)
    {
        _serving.Remove(serving);
        foreach (JobRun run in serving.Runs)
        {
            run.Interrupt(time.Now);
            time.At(time.Now + NoticeTime, () => Place(run));
        }
    }
}
