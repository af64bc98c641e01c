using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>Checks that Slurm answers and has what the configuration names; nothing is asked of it.</summary>
/// <param name="options">The configuration.</param>
/// <param name="login">Where Slurm's commands run.</param>
internal sealed class SlurmCheck(SlurmOptions options, SlurmLogin login)
{
    // Steps that share a job's resources came with it.
    private static readonly Version Oldest = new(20, 11);

    /// <summary>Checks.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var findings = new List<Finding>();
            (CommandResult result, string output, string errors) = await login.RunAsync(
                "for tool in sbatch squeue sinfo srun scancel scontrol; do command -v $tool >/dev/null || echo \"no $tool\"; done; sinfo --version && sinfo --noheader --all --format='partition %R %a'",
                input: null, cancellationToken).ConfigureAwait(false);
            string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            string[] missing = [.. lines.Where(static line => line.StartsWith("no ", StringComparison.Ordinal)).Select(static line => line[3..])];
            if (missing.Length > 0)
                return [Bad($"{login.Machine} has no {string.Join(", ", missing)}", "Name a machine that has Slurm's commands on its path (Runhouse:Slurm:Login).")];
            if (!result.IsSuccess)
                return [Bad($"Slurm does not answer on {login.Machine}: {errors}", "Look whether its controller runs (scontrol ping).")];
            string version = lines.FirstOrDefault(static line => line.StartsWith("slurm", StringComparison.Ordinal))?.Split(' ')[^1] ?? "";
            if (Version.TryParse(version, out Version? known) && known < Oldest)
                findings.Add(Bad($"Slurm {version} of {login.Machine} has no steps that share a job's resources", $"Use one of version {Oldest} or later."));
            string[] partitions = [.. lines.Where(static line => line.StartsWith("partition ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[1]).Distinct()];
            findings.AddRange((options.Partition ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Where(name => !partitions.Contains(name, StringComparer.Ordinal))
                .Select(name => Bad($"Slurm has no partition '{name}', which Runhouse:Slurm:Partition names", $"It has {string.Join(", ", partitions)}.")));
            if (findings.Count == 0)
                findings.Add(new Finding(SlurmScheduler.SchedulerName, FindingLevel.Good, $"Slurm {version} answers on {login.Machine}, with the partitions {string.Join(", ", partitions)}"));
            return findings;
        }
        catch (RemoteException e)
        {
            return [Bad(e.Message, remedy: null)];
        }
    }

    private static Finding Bad(string text, string? remedy) => new(SlurmScheduler.SchedulerName, FindingLevel.Bad, text) { Remedy = remedy };
}
