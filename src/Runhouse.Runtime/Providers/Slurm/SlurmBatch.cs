using System.Globalization;
using System.Text;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>What is given to <c>sbatch</c>: its arguments, and the script that runs on the first node.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="options">The configuration.</param>
internal sealed class SlurmBatch(AllocationRequest request, SlurmOptions options)
{
    // Of the machines that clouds take back, one has two minutes and the other half a minute.
    private static readonly TimeSpan LongestNotice = TimeSpan.FromMinutes(1);

    private static readonly Lazy<string> Body = new(static () => ScriptOf("batch.sh"));
    private static readonly Lazy<string> Ends = new(static () => ScriptOf("ends.sh"));

    /// <summary>The command for one of the accelerators that would do.</summary>
    /// <param name="accelerator">The accelerator; null for none.</param>
    /// <exception cref="DeploymentException">Slurm cannot see to a part of what is asked for.</exception>
    public string CommandFor(Accelerator? accelerator)
    {
        var command = new StringBuilder("sbatch");
        foreach (string argument in Arguments(accelerator))
            command.Append(' ').Append(ShellText.Quote(argument));
        return command.ToString();
    }

    /// <summary>The script, which <c>sbatch</c> reads from its input.</summary>
    public string Script()
    {
        var text = new StringBuilder("#!/bin/sh\n");
        Set("count", Number(request.Count));
        Set("folder", FolderOf(options, request.Name));
        Set("boot", Number(Math.Ceiling(request.BootTime.TotalSeconds)));
        Set("prologue", options.Prologue);
        Set("notice", Number(Notice.TotalSeconds));
        Set("ends", Ends.Value);
        Set("agent", request.Agent);
        return text.Append(Body.Value).ToString();

        void Set(string name, string value) => text.Append(name).Append('=').Append(ShellText.Quote(value)).Append('\n');
    }

    /// <summary>The folder of an agent, without the job's number and the node's name behind it.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="name">The job's name.</param>
    public static string FolderOf(SlurmOptions options, string name) => $"{options.NodeFolder}/{name}";

    /// <summary>A script of this provider.</summary>
    /// <param name="name">Its file.</param>
    public static string ScriptOf(string name)
    {
        using Stream resource = typeof(SlurmBatch).Assembly.GetManifestResourceStream("Runhouse.Runtime.Providers.Slurm." + name)!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private IEnumerable<string> Arguments(Accelerator? accelerator)
    {
        Resources needs = request.Needs;
        if (needs.MaxPrice is not null || needs.Spot == SpotUse.Only)
            throw new DeploymentException($"Cluster '{request.Cluster}' asks for {needs}, and Slurm knows neither prices nor spot machines. Leave MaxPrice and Spot out; a partition whose jobs are preempted is asked for by its name (Region).");
        yield return "--parsable";
        yield return $"--job-name={request.Name}";
        yield return $"--comment={SlurmJob.CommentOf(request.Owner, request.Cluster)}";
        yield return $"--nodes={Number(request.Count)}";
        yield return "--ntasks-per-node=1";

        // Started again by itself it would be without its host, and under the same number.
        yield return "--no-requeue";
        yield return "--open-mode=append";
        yield return $"--output={options.Output}";

        // What else this program has in its environment is nobody's business there.
        yield return "--export=HOME,USER,LOGNAME,PATH,SHELL,LANG";
        if (needs.Cpus is { } cpus)
            yield return $"--cpus-per-task={Number(Math.Ceiling(cpus.Value))}";
        if (needs.Memory is { } memory)
            yield return $"--mem={Number(Math.Ceiling(memory.Value * 1024))}M";
        if (needs.Disk is { } disk)
            yield return $"--tmp={Number(Math.Ceiling(disk.Value))}G";
        if (accelerator is { } gpu)
            yield return $"--gres={(options.Gres.TryGetValue(gpu.Name, out string? gres) ? gres : "gpu:" + gpu.Name.ToLowerInvariant())}:{Number(gpu.Count)}";
        if (needs.Regions.Count > 0 || options.Partition is not null)
            yield return $"--partition={(needs.Regions.Count > 0 ? string.Join(',', needs.Regions) : options.Partition)}";
        if (Constraint(needs) is { } constraint)
            yield return $"--constraint={constraint}";

        // To all processes of the job's steps, of which the agents see to the rest.
        yield return $"--signal=TERM@{Number(Notice.TotalSeconds)}";
        if (Longest is { } longest)
            yield return $"--time={Number(Math.Max(1, Math.Ceiling(longest.TotalMinutes)))}";
        foreach ((string option, string? value) in ((string, string?)[])[("account", options.Account), ("qos", options.Qos), ("reservation", options.Reservation)])
        {
            if (value is not null)
                yield return $"--{option}={value}";
        }

        foreach (string argument in options.Arguments)
            yield return argument;
    }

    // Features are to nodes what instance types are to machines of a cloud: any of those that are named.
    private string? Constraint(Resources needs) => (needs.InstanceTypes.Count > 0 ? string.Join('|', needs.InstanceTypes) : null, options.Constraint) switch
    {
        (null, var always) => always,
        (var types, null) => types,
        (var types, var always) => $"({types})&({always})",
    };

    private TimeSpan? Longest => options.Time is null || request.Longest < options.Time ? request.Longest : options.Time;

    // How long before the end of the job's time its code is told.
    private TimeSpan Notice => Longest / 4 is { } part && part < LongestNotice ? part : LongestNotice;

    private static string Number(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}
