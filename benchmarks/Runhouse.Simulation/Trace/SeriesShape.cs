namespace Runhouse.Simulation.Trace;

/// <summary>What the runs of one series have in common.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Gpu">The accelerators that its author asks for, as in <c>[Remote]</c>; empty for none.</param>
/// <param name="Cpus">The cores that are asked for.</param>
/// <param name="Memory">The memory that is asked for.</param>
/// <param name="Accelerators">How many accelerators it uses.</param>
/// <param name="Cores">How many cores a typical run uses.</param>
/// <param name="UsedMemory">How much memory a typical run uses, in GiB.</param>
/// <param name="Minutes">How long the run in the middle takes.</param>
/// <param name="Spread">The spread of the durations: the standard deviation of their logarithm.</param>
internal sealed record SeriesShape(
    JobKind Kind, string Name, string Gpu, string Cpus, string Memory, int Accelerators, double Cores, double UsedMemory, double Minutes, double Spread)
{
    /// <summary>How often its runs save their state, in minutes; null when they cannot be interrupted.</summary>
    public double? SnapshotMinutes => Kind switch
    {
        JobKind.Training => 15,
        JobKind.Sweep => 10,
        JobKind.Batch => 5,
        _ => null,
    };

    /// <summary>The team's nightly training.</summary>
    public static IReadOnlyList<SeriesShape> Training { get; } =
    [
        new(JobKind.Training, "ranker", "A100:8", "96+", "512+", 8, 56, 300, 150, 0.2),
        new(JobKind.Training, "search", "V100:4", "32+", "128+", 4, 24, 70, 90, 0.2),
        new(JobKind.Training, "forecast", "A10G:4", "48+", "128+", 1, 8, 40, 120, 0.25),
        new(JobKind.Training, "vision", "A100", "12+", "64+", 1, 8, 40, 180, 0.25),
        new(JobKind.Training, "speech", "H100", "16+", "128+", 1, 12, 60, 120, 0.25),
        new(JobKind.Training, "embedder", "A10G", "8+", "64+", 1, 4, 11, 90, 0.25),
        new(JobKind.Training, "churn", "A10G", "4+", "16+", 1, 3, 9, 60, 0.25),
        new(JobKind.Training, "fraud", "T4", "4+", "16+", 1, 3, 8, 90, 0.25),
        new(JobKind.Training, "pricing", "", "32+", "128+", 0, 12, 30, 120, 0.25),
        new(JobKind.Training, "reports", "", "16+", "64+", 0, 6, 20, 60, 0.25),
    ];

    /// <summary>What hyper-parameters are searched for.</summary>
    public static IReadOnlyList<SeriesShape> Sweeps { get; } =
    [
        new(JobKind.Sweep, "sweep-vision", "A10G", "4+", "16+", 1, 3, 10, 35, 0.9),
        new(JobKind.Sweep, "sweep-text", "A10G", "8+", "32+", 1, 4, 12, 40, 0.9),
        new(JobKind.Sweep, "sweep-tabular", "T4", "4+", "16+", 1, 2, 6, 25, 0.9),
        new(JobKind.Sweep, "sweep-trees", "", "16+", "64+", 0, 8, 14, 20, 0.9),
    ];

    /// <summary>The models that answer requests.</summary>
    public static IReadOnlyList<SeriesShape> Inference { get; } =
    [
        new(JobKind.Inference, "summaries", "A10G", "4+", "16+", 1, 2, 11, 3, 0.6),
        new(JobKind.Inference, "tagger", "T4", "4+", "16+", 1, 2, 6, 2, 0.6),
        new(JobKind.Inference, "scorer", "", "8+", "32+", 0, 2, 5, 2, 0.6),
    ];

    /// <summary>The people who work in notebooks.</summary>
    public static IReadOnlyList<SeriesShape> Notebooks { get; } =
    [
        new(JobKind.Notebook, "ada", "A10G", "8+", "64+", 1, 3, 12, 1.5, 1),
        new(JobKind.Notebook, "ben", "T4", "4+", "16+", 1, 2, 7, 1.5, 1),
        new(JobKind.Notebook, "cleo", "", "8+", "32+", 0, 3, 10, 1, 1),
        new(JobKind.Notebook, "dan", "A10G", "4+", "16+", 1, 2, 8, 2, 1),
        new(JobKind.Notebook, "eva", "", "16+", "64+", 0, 6, 22, 1.5, 1),
        new(JobKind.Notebook, "finn", "T4", "4+", "16+", 1, 2, 5, 1, 1),
        new(JobKind.Notebook, "gus", "", "4+", "16+", 0, 2, 6, 1, 1),
        new(JobKind.Notebook, "hana", "A100", "12+", "64+", 1, 6, 35, 3, 1),
        new(JobKind.Notebook, "ivo", "", "32+", "128+", 0, 10, 40, 2, 1),
        new(JobKind.Notebook, "june", "A10G", "4+", "16+", 1, 2, 9, 1.5, 1),
    ];

    /// <summary>The preparation of data: the first runs every hour, the others when there is something to do.</summary>
    public static IReadOnlyList<SeriesShape> Batch { get; } =
    [
        new(JobKind.Batch, "hourly", "", "8+", "32+", 0, 3, 9, 10, 0.3),
        new(JobKind.Batch, "clean", "", "16+", "64+", 0, 7, 18, 25, 1.2),
        new(JobKind.Batch, "features", "", "32+", "128+", 0, 14, 45, 30, 1.2),
        new(JobKind.Batch, "images", "", "16+", "32+", 0, 12, 14, 30, 1.2),
        new(JobKind.Batch, "evaluate", "T4", "4+", "16+", 1, 2, 7, 20, 1.2),
        new(JobKind.Batch, "embed", "A10G", "8+", "64+", 1, 4, 12, 25, 1.2),
        new(JobKind.Batch, "export", "", "4+", "16+", 0, 2, 4, 12, 1.2),
    ];

    /// <summary>All series.</summary>
    public static IEnumerable<SeriesShape> All => [.. Training, .. Sweeps, .. Inference, .. Notebooks, .. Batch];
}
