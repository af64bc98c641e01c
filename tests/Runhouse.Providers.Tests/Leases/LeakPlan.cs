namespace Runhouse.Providers.Leases;

/// <summary>What is done in a run, and what the cloud is like meanwhile.</summary>
/// <param name="Steps">The commands, one after another.</param>
/// <param name="Weather">The cloud.</param>
internal sealed record LeakPlan(IReadOnlyList<LeakStep> Steps, LeakWeather Weather);

/// <summary>A command, and where its process is killed.</summary>
/// <param name="Command">The command.</param>
/// <param name="Cluster">About which cluster.</param>
/// <param name="Count">How many machines that has.</param>
/// <param name="Request">At which request, from 0.</param>
/// <param name="IsCarriedOut">Whether the cloud carries the request out before.</param>
internal sealed record LeakStep(LeakCommand Command, int Cluster, int Count, int Request, bool IsCarriedOut);

/// <summary>What the cloud is like.</summary>
/// <param name="Pending">How many answers show a new machine as pending.</param>
/// <param name="Hidden">How many answers do not show it at all.</param>
/// <param name="Ending">How many answers show a machine that ends or stops as on its way.</param>
/// <param name="IsCut">Whether answers of create calls are lost.</param>
/// <param name="FullZones">How many zones have room for one machine alone.</param>
internal sealed record LeakWeather(int Pending, int Hidden, int Ending, bool IsCut, int FullZones);

/// <summary>A command.</summary>
internal enum LeakCommand
{
    /// <summary>Brings a cluster up.</summary>
    Up,

    /// <summary>Takes it down.</summary>
    Down,

    /// <summary>Stops its machines.</summary>
    Stop,

    /// <summary>Collects what nobody uses.</summary>
    Collect,
}
