using System.Diagnostics;
using System.Globalization;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Machines;

namespace Runhouse.Integration.Allocations;

/// <summary>A scheduler whose nodes are folders of this machine, with a process each that is the agent: first come, first served, as far as there is room.</summary>
internal sealed class ShellScheduler : IScheduler
{
    private readonly List<Job> _jobs = [];
    private readonly Lock _gate = new();
    private int _last;

    /// <summary>How many nodes there are.</summary>
    public int Nodes { get; set; } = 4;

    /// <summary>Where it is.</summary>
    public AllocationSite Site { get; } = new("folders of this machine", "no configuration");

    /// <summary>What keeps a job in the queue for which there would be room; null for nothing.</summary>
    public (string Reason, ProvisioningFailure? Failure)? Obstacle { get; set; }

    /// <summary>Everything that was ever asked for, in order.</summary>
    public IReadOnlyList<Job> Jobs
    {
        get
        {
            lock (_gate)
                return [.. _jobs];
        }
    }

    public string Name => "shell";

    public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    public ValueTask<AllocationSite> GetSiteAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Site);

    public Task<Allocation> SubmitAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var job = new Job(request, (++_last).ToString(CultureInfo.InvariantCulture));
            _jobs.Add(job);
            return Task.FromResult(Show(job));
        }
    }

    public Task<Allocation?> FindAsync(string name, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (Job waiting in _jobs.Where(job => job.State == AllocationState.Queued && Obstacle is null && job.Request.Count <= Nodes - _jobs.Where(static one => one.State == AllocationState.Running).Sum(static one => one.Request.Count)))
                waiting.Start();
            return Task.FromResult(_jobs.LastOrDefault(job => job.Request.Name == name) is { } found ? Show(found) : null);
        }
    }

    public Task<IReadOnlyList<Allocation>> FindAllAsync(string? owner, CancellationToken cancellationToken)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<Allocation>>([.. _jobs.Where(job => job.State != AllocationState.Ended && (owner is null || job.Request.Owner == owner)).Select(Show)]);
    }

    public Task EndAsync(Allocation allocation, CancellationToken cancellationToken) => Jobs.Single(job => job.Id == allocation.Id).EndAsync(WorkerLossReason.Killed);

    public Machine Connect(Allocation allocation, int host) => Jobs.Single(job => job.Id == allocation.Id).Machines[host];

    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([new Finding(Name, FindingLevel.Good, "it answers")]);

    public async ValueTask DisposeAsync()
    {
        foreach (Job job in Jobs)
            await job.EndAsync(WorkerLossReason.Killed);
    }

    private Allocation Show(Job job) => new()
    {
        Name = job.Request.Name,
        Id = job.Id,
        Provider = Name,
        Owner = job.Request.Owner,
        Cluster = job.Request.Cluster,
        State = job.State,
        Reason = job.State == AllocationState.Queued ? Obstacle?.Reason ?? "no room" : "",
        Failure = job.State == AllocationState.Queued ? Obstacle?.Failure : null,
        Loss = job.Loss,
        Count = job.Request.Count,
        Nodes = [.. job.Machines.Select((machine, index) => new AllocationNode($"folder{index}", Job.AgentOf(machine)))],
    };

    /// <summary>A job, of which each node's agent is a process.</summary>
    internal sealed class Job(AllocationRequest request, string id)
    {
        private readonly List<Process> _agents = [];

        public AllocationRequest Request { get; } = request;

        public string Id { get; } = id;

        public List<ShellMachine> Machines { get; } = [];

        public WorkerLossReason? Loss { get; private set; }

        public AllocationState State => _agents.Count == 0 ? Loss is null ? AllocationState.Queued : AllocationState.Ended
            : _agents.TrueForAll(static agent => agent.HasExited) ? AllocationState.Ended
            : Loss is null ? AllocationState.Running : AllocationState.Ending;

        public static string AgentOf(ShellMachine machine) => Path.Combine(machine.Home, "agent");

        public void Start()
        {
            for (int node = 0; node < Request.Count; node++)
            {
                var machine = new ShellMachine(hasDotnet: true);
                Machines.Add(machine);
                string seconds = Math.Ceiling(Request.BootTime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                var start = new ProcessStartInfo("sh", ["-c", Request.Agent, "agent", AgentOf(machine), seconds]) { RedirectStandardOutput = true };
                start.Environment["HOME"] = machine.Home;
                start.Environment["OF_THE_AGENT"] = "yes";
                _agents.Add(Process.Start(start)!);
            }
        }

        public async Task EndAsync(WorkerLossReason loss)
        {
            if (State != AllocationState.Ended)
                Loss = loss;
            foreach (Process agent in _agents.Where(static one => !one.HasExited))
                using (var kill = Process.Start("kill", ["-TERM", agent.Id.ToString(CultureInfo.InvariantCulture)]))
                    await kill.WaitForExitAsync();
            await Task.WhenAll(_agents.Select(static agent => agent.WaitForExitAsync()));
        }
    }
}
