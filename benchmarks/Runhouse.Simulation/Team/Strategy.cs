namespace Runhouse.Simulation.Team;

/// <summary>Which levers are pulled.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IdleTimeout">After how long without work a machine ends; null for never.</param>
/// <param name="RightSizing">Whether a series asks for what its earlier runs have used.</param>
/// <param name="Spot">Whether what can be interrupted runs on spot machines.</param>
/// <param name="Sharing">Whether a machine is for whatever fits on it, or for one series and one job at a time.</param>
internal sealed record Strategy(string Name, TimeSpan? IdleTimeout, bool RightSizing, bool Spot, bool Sharing)
{
    /// <summary>The default of <see cref="OnDemandOptions.IdleTimeout"/>.</summary>
    public static TimeSpan Usual { get; } = new OnDemandOptions().IdleTimeout;

    /// <summary>Machines on demand, ended when they are idle, and nothing else.</summary>
    public static Strategy OnDemand { get; } = new("on demand, autostop", Usual, false, false, false);

    /// <summary>Everything.</summary>
    public static Strategy All { get; } = new("all levers", Usual, true, true, true);

    /// <summary>The levers: each alone, on machines on demand that autostop ends, and each left out.</summary>
    public static IReadOnlyList<Lever> Levers { get; } =
    [
        new("autostop", OnDemand, All with { Name = "all but autostop", IdleTimeout = null }),
        new("right-sizing", OnDemand with { Name = "autostop and right-sizing", RightSizing = true }, All with { Name = "all but right-sizing", RightSizing = false }),
        new("spot with fall-back", OnDemand with { Name = "autostop and spot", Spot = true }, All with { Name = "all but spot", Spot = false }),
        new("sharing", OnDemand with { Name = "autostop and sharing", Sharing = true }, All with { Name = "all but sharing", Sharing = false }),
    ];

    /// <summary>Each lever on its own, all of them, also with a shorter time, and all but one.</summary>
    public static IReadOnlyList<Strategy> Every { get; } =
    [
        .. Levers.Select(static lever => lever.Alone),
        All,
        All with { Name = "all levers, idle for 3 minutes", IdleTimeout = TimeSpan.FromMinutes(3) },
        .. Levers.Select(static lever => lever.LeftOut),
    ];
}
