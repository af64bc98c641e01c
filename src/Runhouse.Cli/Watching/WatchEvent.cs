namespace Runhouse.Cli.Watching;

/// <summary>What <c>runhouse watch</c> has done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Milliseconds">How long it took from the save on.</param>
/// <param name="Text">What it was done to, or why it was done so; of errors, all of them as the compiler says them.</param>
/// <param name="Deployment">The id of the deployment that is current now; null when nothing has changed there.</param>
internal sealed record WatchEvent(WatchEventKind Kind, double Milliseconds, string Text, string? Deployment)
{
    /// <summary>The named objects that a change of bodies did not reach, as workers of other builds hold them.</summary>
    public IReadOnlyList<string> LeftBehind { get; init; } = [];
}

/// <summary>The kinds of it.</summary>
internal enum WatchEventKind
{
    /// <summary>A build was deployed; what ran before finishes its calls.</summary>
    Deployed,

    /// <summary>Saves from now on are seen, and the compiler is warm.</summary>
    Watching,

    /// <summary>The running worker has new code and has kept its state.</summary>
    Reloaded,

    /// <summary>The patched worker counts as one of the build that has the same changes: the next run of the program is served by it.</summary>
    Adopted,

    /// <summary>What was saved changes nothing that runs.</summary>
    Unchanged,

    /// <summary>What was saved does not compile or start; what ran before goes on.</summary>
    Failed,
}
