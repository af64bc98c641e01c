using Runhouse.Host.Machines;
using Runhouse.Simulation.Cloud;

namespace Runhouse.Simulation.Team;

/// <summary>A time that a job was on a machine.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Holding">What it held.</param>
/// <param name="From">Since when.</param>
/// <param name="Until">Until when.</param>
internal sealed record Stay(SimulatedMachine Machine, Holding Holding, TimeSpan From, TimeSpan Until);
