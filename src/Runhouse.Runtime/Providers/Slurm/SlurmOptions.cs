using Microsoft.Extensions.Configuration;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>The section <c>Runhouse:Slurm</c>.</summary>
internal sealed record SlurmOptions
{
    private const string GresPrefix = "Gres";

    private static readonly string[] Keys =
        ["Account", "Arguments", "Constraint", "Directory", GresPrefix, "Login", "NodeFolder", "Output", "Partition", "Prologue", "Qos", "Reservation", "Time"];

    /// <summary>The machine on which Slurm's commands run, reached over SSH as any machine is; null for this one.</summary>
    public string? Login { get; init; }

    /// <summary>The partition of jobs that name none by their <c>Region</c>; null for Slurm's own choice.</summary>
    public string? Partition { get; init; }

    /// <summary>The account that jobs are charged to; null for the user's own.</summary>
    public string? Account { get; init; }

    /// <summary>The quality of service; null for the user's own.</summary>
    public string? Qos { get; init; }

    /// <summary>The features that nodes must have, as <c>sbatch --constraint</c> takes them; null for none but those of <c>InstanceType</c>.</summary>
    public string? Constraint { get; init; }

    /// <summary>The reservation; null for none.</summary>
    public string? Reservation { get; init; }

    /// <summary>The longest that a job may run; null for the partition's own limit, or <c>Runhouse:OnDemand:Longest</c>.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>More arguments for <c>sbatch</c>, behind those that are made here.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What is asked for by <c>--gres</c> for an accelerator's name, without the count: <c>gpu:nvidia_a100_80gb</c>. Names that are not here become <c>gpu:name</c>.</summary>
    public IReadOnlyDictionary<string, string> Gres { get; init; } = new Dictionary<string, string>();

    /// <summary>What the job's shell runs before its agents, such as <c>module load cuda</c>.</summary>
    public string Prologue { get; init; } = "";

    /// <summary>Where the job's own output goes, as <c>sbatch --output</c> takes it.</summary>
    public string Output { get; init; } = "/dev/null";

    /// <summary>Runhouse's folder on the nodes, which may be on a file server; <c>~</c> is the user's home there.</summary>
    public string Directory { get; init; } = "~/.runhouse";

    /// <summary>The folder of each node's own in which its agent makes another one.</summary>
    public string NodeFolder { get; init; } = "/tmp";

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static SlurmOptions Read(IConfiguration section)
    {
        if (section.GetChildren().FirstOrDefault(static child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new RunhouseConfigurationException($"Runhouse:Slurm:{unknown.Key} is not a key of the provider slurm. The keys are {string.Join(", ", Keys.Where(static key => key != GresPrefix))}, and {GresPrefix}:NAME for an accelerator's name.");
        var defaults = new SlurmOptions();
        return new SlurmOptions
        {
            Login = Text(section, "Login") is { } login ? Target(login) : null,
            Partition = Text(section, "Partition"),
            Account = Text(section, "Account"),
            Qos = Text(section, "Qos"),
            Constraint = Text(section, "Constraint"),
            Reservation = Text(section, "Reservation"),
            Time = Text(section, "Time") is { } time ? Duration(time) : null,
            Arguments = Texts(section, "Arguments"),
            Gres = section.GetSection(GresPrefix).GetChildren().ToDictionary(static child => child.Key, static child => GresOf(child.Key, child.Value), StringComparer.OrdinalIgnoreCase),
            Prologue = Text(section, "Prologue") ?? defaults.Prologue,
            Output = Text(section, "Output") ?? defaults.Output,
            Directory = Text(section, "Directory") ?? defaults.Directory,
            NodeFolder = Text(section, "NodeFolder") is { } folder ? Folder(folder) : defaults.NodeFolder,
        };
    }

    private static string? Text(IConfiguration section, string key) => section[key] is { Length: > 0 } text ? text : null;

    // A list of configuration, or one text with spaces, as an environment variable has it.
    private static string[] Texts(IConfiguration section, string key)
        => section[key] is { } one
            ? one.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. section.GetSection(key).GetChildren().Select(static child => child.Value).OfType<string>().Where(static text => text.Length > 0)];

    private static string Target(string text)
        => SshTarget.TryParse(text, out _, out string? problem) ? text : throw NotAllowed("Login", text, $"user@address, user@address:port, or a name from ~/.ssh/config: {problem}");

    private static TimeSpan Duration(string text)
        => ConfigurationKey.TryDuration(text, out TimeSpan time) ? time : throw NotAllowed("Time", text, "a positive duration such as 30m or 12h");

    private static string GresOf(string name, string? text)
        => text is { Length: > 0 } && !text.Contains(',', StringComparison.Ordinal) ? text : throw NotAllowed($"{GresPrefix}:{name}", text ?? "", "one resource without its count, such as gpu:nvidia_a100_80gb");

    private static string Folder(string text) => text.StartsWith('/') ? text.TrimEnd('/') : throw NotAllowed("NodeFolder", text, "the whole path of a folder, such as /tmp");

    private static RunhouseConfigurationException NotAllowed(string key, string value, string allowed)
        => new($"Runhouse:Slurm:{key} = \"{value}\" is not allowed. Write {allowed}.");
}
