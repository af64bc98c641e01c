namespace Runhouse.Simulation.Team;

/// <summary>A lever that lowers the cost.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Alone">The strategy that pulls it alone, on machines on demand that autostop ends.</param>
/// <param name="LeftOut">The strategy that pulls all others.</param>
internal sealed record Lever(string Name, Strategy Alone, Strategy LeftOut);
