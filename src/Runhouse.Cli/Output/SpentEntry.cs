namespace Runhouse.Cli.Output;

/// <summary>What leased machines have cost in a time, or of a cluster.</summary>
/// <param name="Period">The day or month, in UTC; null for all times.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="MachineHours">For how many hours machines ran, all together.</param>
/// <param name="Cost">What they have cost, in US dollars, as far as their price was known.</param>
/// <param name="UnpricedHours">How many of the hours are of machines whose price was not known.</param>
/// <param name="IsAtMost">Whether some of them ended by themselves, so that it is the most that they can have cost.</param>
/// <param name="IsRunning">Whether some of them run.</param>
internal sealed record SpentEntry(string? Period, string Cluster, double MachineHours, decimal Cost, double UnpricedHours, bool IsAtMost, bool IsRunning);
