namespace Runhouse.Simulation.Trace;

/// <summary>A job of the trace: what its author has written, and what nobody knows before it has run. Times are from the beginning of the week.</summary>
internal sealed record Job
{
    /// <summary>Its number, in the order of arrival.</summary>
    public required int Id { get; init; }

    /// <summary>What it is.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>What it is a run of: the same code with the same needs.</summary>
    public required string Series { get; init; }

    /// <summary>When it comes.</summary>
    public required TimeSpan Arrival { get; init; }

    /// <summary>What its author has asked for.</summary>
    public required Resources Asked { get; init; }

    /// <summary>How many of the accelerators it uses.</summary>
    public required int Accelerators { get; init; }

    /// <summary>How many cores it uses.</summary>
    public required double Cores { get; init; }

    /// <summary>How much memory it uses at its peak, in GiB.</summary>
    public required double Memory { get; init; }

    /// <summary>How long it runs with what it uses.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How often it saves its state; null when it cannot be interrupted.</summary>
    public required TimeSpan? Snapshot { get; init; }

    /// <summary>When its result is wanted.</summary>
    public required TimeSpan Deadline { get; init; }

    /// <summary>Whether it goes on from its last snapshot elsewhere.</summary>
    public bool CanBeInterrupted => Snapshot is not null;

    /// <summary>What it really needs: the accelerators of the models that its author allows, as many as it uses, and the cores and memory that it uses.</summary>
    public Resources Used => Asked with
    {
        Accelerators = new([.. Asked.Accelerators.Select(one => one with { Count = Accelerators })]),
        Cpus = new Quantity(Cores, OrMore: true),
        Memory = new Quantity(Memory, OrMore: true),
    };
}
