using System.Globalization;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>Slurm, by its own commands: <c>sbatch</c>, <c>squeue</c>, <c>srun</c> and <c>scancel</c>, on this machine or on one that is logged in to. A job has a cluster's nodes.</summary>
/// <param name="options">The configuration.</param>
/// <param name="login">Where the commands run.</param>
/// <param name="patience">For how long a command on a node waits for room beside the job's other steps.</param>
/// <param name="time">The clock.</param>
internal sealed class SlurmScheduler(SlurmOptions options, SlurmLogin login, TimeSpan patience, TimeProvider time) : IScheduler
{
    /// <summary>The provider's name.</summary>
    public const string SchedulerName = "slurm";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // Slurm gives what runs its own time to end (KillWait, 30 seconds), and then once more to clean up.
    private static readonly TimeSpan LongestEnding = TimeSpan.FromMinutes(2);

    private static readonly Lazy<string> Jobs = new(static () => SlurmBatch.ScriptOf("jobs.sh"));

    // Where Debian and others have it, and where a node's own daemon puts what it has fetched.
    private static readonly string[] Configurations = ["/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf", "/run/slurm/conf/slurm.conf"];

    // The configuration that leads there stays as long as this does.
    private AllocationSite? _site;

    /// <inheritdoc/>
    public string Name => SchedulerName;

    /// <inheritdoc/>
    public bool KeepsFolders => true;

    /// <summary>Makes it.</summary>
    /// <param name="context">The section <c>Runhouse:Slurm</c>, and the configuration that it is a part of.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static IScheduler Create(CloudContext context)
    {
        var options = SlurmOptions.Read(context.Configuration);
        RunhouseOptions all = context.Options ?? new RunhouseOptions();
        return new SlurmScheduler(options, SlurmLogin.Of(options.Login, all, context.Time), all.ConnectTimeout, context.Time);
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        if (options.Login is not null)
            return ValueTask.FromResult<string?>(null);
        bool isHere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "sbatch")));

        // The package alone brings the commands, which then look for a cluster's configuration in the network's names, on each call anew.
        bool isConfigured = isHere && (Environment.GetEnvironmentVariable("SLURM_CONF") is { Length: > 0 } || Array.Exists(Configurations, File.Exists));
        const string Login = "Name a machine that has Slurm's commands (Runhouse:Slurm:Login, such as ada@login.example.org)";
        return ValueTask.FromResult<string?>(isConfigured ? null
            : isHere ? $"this machine has Slurm's commands and no configuration of a cluster for them ({string.Join(", ", Configurations)}). Set SLURM_CONF. {Login} where Slurm is elsewhere."
            : $"this machine has no sbatch on its path. {Login}.");
    }

    /// <inheritdoc/>
    public async ValueTask<AllocationSite> GetSiteAsync(CancellationToken cancellationToken) => _site ??= await SlurmSite.AskAsync(options, login, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Allocation> SubmitAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        long id = await SubmitJobAsync(request, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SlurmJob> jobs = await ListAsync($"--me --name={ShellText.Quote(request.Name)}", cancellationToken).ConfigureAwait(false);

        // Slurm takes any number of jobs of one name. Who was first, from another machine with the same home, is the one.
        SlurmJob? first = Current(jobs);
        if (first is not null && first.Id != id && SlurmStates.StateOf(first) != AllocationState.Ended)
            await CancelAsync(id, cancellationToken).ConfigureAwait(false);
        if (first is not null)
            return Show(first);

        // Nobody would find it again.
        await CancelAsync(id, CancellationToken.None).ConfigureAwait(false);
        throw new DeploymentException(
            $"Slurm took job {id} for cluster '{request.Cluster}' and does not list it under the name and the comment that it was given, so that it was cancelled. Leave --job-name and --comment out of Runhouse:Slurm:Arguments; where Slurm itself changes them, no jobs of Runhouse can be told apart there.");
    }

    /// <inheritdoc/>
    public async Task<Allocation?> FindAsync(string name, CancellationToken cancellationToken)
        => Current(await ListAsync($"--me --name={ShellText.Quote(name)}", cancellationToken).ConfigureAwait(false)) is { } job ? Show(job) : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Allocation>> FindAllAsync(string? owner, CancellationToken cancellationToken) =>
    [
        .. (await ListAsync(owner is null ? "" : "--me", cancellationToken).ConfigureAwait(false))
            .Where(job => (owner is null || job.Owner == owner) && SlurmStates.StateOf(job) != AllocationState.Ended).Select(Show),
    ];

    /// <inheritdoc/>
    public async Task EndAsync(Allocation allocation, CancellationToken cancellationToken)
    {
        long id = long.Parse(allocation.Id, NumberStyles.None, CultureInfo.InvariantCulture);
        await CancelAsync(id, cancellationToken).ConfigureAwait(false);
        long since = time.GetTimestamp();
        TimeSpan pause = FirstPause;
        while ((await ListAsync($"--me --name={ShellText.Quote(allocation.Name)}", cancellationToken).ConfigureAwait(false)).FirstOrDefault(job => job.Id == id) is { } job
            && SlurmStates.StateOf(job) != AllocationState.Ended)
        {
            if (time.GetElapsedTime(since) > LongestEnding)
                throw new HostUnreachableException($"Slurm was told to end {allocation} of cluster '{allocation.Cluster}' {LongestEnding.TotalMinutes:0} minutes ago, and has it still ({SlurmStates.Describe(job)}). Look at its nodes (scontrol show job {id}), and try again.");
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <inheritdoc/>
    public Machine Connect(Allocation allocation, int host) => new SlurmNode(login, allocation, allocation.Nodes[host], patience);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => new SlurmCheck(options, login).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => login.DisposeAsync();

    // The first that goes on, else the one that ended last.
    private static SlurmJob? Current(IReadOnlyList<SlurmJob> jobs)
        => jobs.Where(static job => SlurmStates.StateOf(job) != AllocationState.Ended).MinBy(static job => job.Id) ?? jobs.MaxBy(static job => job.Id);

    private async Task<long> SubmitJobAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        var batch = new SlurmBatch(request, options);
        Accelerator?[] alternatives = request.Needs.Accelerators.Count == 0 ? [null] : [.. request.Needs.Accelerators.Select(static one => (Accelerator?)one)];
        for (int index = 0; ; index++)
        {
            (CommandResult result, string output, string errors) = await login.RunAsync(batch.CommandFor(alternatives[index]), batch.Script(), cancellationToken).ConfigureAwait(false);
            string number = output.Trim().Split('\n')[^1].Split(';')[0];
            if (result.IsSuccess && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long id))
                return id;
            if (index + 1 == alternatives.Length || !SlurmRefusal.IsOfResources(errors))
                throw SlurmRefusal.Of($"The job for cluster '{request.Cluster}' with {request.Needs}", errors.Length > 0 ? errors : output);
        }
    }

    private async Task<IReadOnlyList<SlurmJob>> ListAsync(string which, CancellationToken cancellationToken)
    {
        (CommandResult result, string output, string errors) = await login.RunAsync($"set -- {which}\n{Jobs.Value}", input: null, cancellationToken).ConfigureAwait(false);
        return result.IsSuccess ? SlurmJob.Parse(output) : throw SlurmRefusal.Of("The list of Slurm's jobs", errors);
    }

    private async Task CancelAsync(long id, CancellationToken cancellationToken)
    {
        (CommandResult result, _, string errors) = await login.RunAsync(string.Create(CultureInfo.InvariantCulture, $"scancel --quiet {id}"), input: null, cancellationToken).ConfigureAwait(false);

        // One that has ended, or is known no more, is what was wanted.
        if (!result.IsSuccess && !errors.Contains("Invalid job id", StringComparison.OrdinalIgnoreCase) && !errors.Contains("already completing or completed", StringComparison.OrdinalIgnoreCase))
            throw SlurmRefusal.Of($"The end of Slurm's job {id}", errors);
    }

    private Allocation Show(SlurmJob job)
    {
        string id = job.Id.ToString(CultureInfo.InvariantCulture);
        AllocationState state = SlurmStates.StateOf(job);
        return new Allocation
        {
            Name = job.Name,
            Id = id,
            Provider = Name,
            Owner = job.Owner,
            Cluster = job.Cluster,
            State = state,
            Reason = SlurmStates.Describe(job),
            Failure = SlurmStates.FailureOf(job),
            Loss = SlurmStates.LossOf(job),
            IsPreempted = job.IsPreempted,
            IsHeld = SlurmStates.HasNodes(job),
            Count = job.Count,
            Place = job.Partition,
            SubmittedAt = job.SubmittedAt,
            StartedAt = state == AllocationState.Queued ? null : job.StartsAt,
            Nodes =
            [
                .. job.Nodes.Select(node => new AllocationNode(node.Name, $"{SlurmBatch.FolderOf(options, job.Name)}.{id}.{node.Name}")
                {
                    Address = node.Address,
                    Directory = options.Directory,
                    Memory = job.Memory,
                }),
            ],
        };
    }
}
