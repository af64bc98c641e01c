namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>Makes an error of what a command of Slurm has said before it gave up. The words are those of Slurm's own table of errors.</summary>
internal static class SlurmRefusal
{
    private static readonly string[] Unanswered = ["Unable to contact slurm controller", "Socket timed out", "Connection refused", "Zero Bytes were transmitted", "Communication connection failure", "not responding", "munge"];
    private static readonly string[] Forbidden = ["Invalid account", "Invalid qos", "permission denied", "not permitted", "User's group", "Access denied", "Invalid user id"];
    private static readonly string[] Limited = ["violates accounting/QOS policy", "job submit limit", "Job limit", "exceeds", "limit reached"];
    private static readonly string[] Lacking =
    [
        "node configuration is not available", "can not be satisfied", "cannot be satisfied", "Invalid generic resource", "Node count specification invalid", "Too many tasks", "Invalid feature",
    ];

    /// <summary>Whether a request might be granted with another accelerator in it.</summary>
    /// <param name="words">What was said.</param>
    public static bool IsOfResources(string words) => Has(words, Lacking);

    /// <summary>The error of a request.</summary>
    /// <param name="what">What was done, for what: the beginning of a sentence.</param>
    /// <param name="words">What was said.</param>
    public static RemoteException Of(string what, string words)
    {
        string said = $"{what} was refused: {Sentence(words)}";
        return words switch
        {
            _ when Has(words, Unanswered) => new HostUnreachableException($"{what} was not answered: {Sentence(words)} Look whether Slurm's controller runs (scontrol ping), and call again."),
            _ when words.Contains("time limit is invalid", StringComparison.OrdinalIgnoreCase) => new DeploymentException($"{said} Ask for less time (Runhouse:Slurm:Time, Runhouse:OnDemand:Longest), or name another partition (Runhouse:Slurm:Partition)."),
            _ when Has(words, Limited) => new QuotaException($"{said} Ask for less, wait for your other jobs, or name another account or quality of service (Runhouse:Slurm:Account, Runhouse:Slurm:Qos)."),
            _ when Has(words, Forbidden) => new CredentialsException($"{said} Name an account, a partition and a quality of service that the user may use (Runhouse:Slurm:Account, Runhouse:Slurm:Partition, Runhouse:Slurm:Qos)."),
            _ when IsOfResources(words) => new CapacityException($"{said} No node has that: ask for less, name another partition (Region, or Runhouse:Slurm:Partition), or say how Slurm calls the accelerator (Runhouse:Slurm:Gres:NAME)."),
            _ when words.Contains("not found", StringComparison.Ordinal) => new DeploymentException($"{said} Slurm's commands are not on the path there: name a machine that has them (Runhouse:Slurm:Login), or put them on it."),
            _ => new DeploymentException($"{said} Correct what it names, in what was asked for or in Runhouse:Slurm, and call again."),
        };
    }

    private static bool Has(string words, string[] parts) => parts.Any(part => words.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static string Sentence(string words)
    {
        string text = string.Join(' ', words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return text.Length == 0 ? "it said nothing." : text.TrimEnd('.') + ".";
    }
}
