using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>How a side has taken hostile bytes: what it answered a probe behind them.</summary>
/// <param name="IsAlive">Whether it went on.</param>
/// <param name="GoAway">Why it did not; null when it said nothing.</param>
internal sealed record Ending(bool IsAlive, GoAwayCode? GoAway)
{
    /// <summary>In the words of the corpus.</summary>
    public override string ToString() => GoAway is { } code ? $"ends with {(int)code}" : IsAlive ? "goes on" : "ends";
}
