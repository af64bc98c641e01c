using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Control;

/// <summary>The versions of the protocol that a program speaks: of the frames, and of the control interface with them.</summary>
/// <param name="Lowest">The lowest.</param>
/// <param name="Highest">The highest.</param>
public sealed record ProtocolRange(int Lowest, int Highest)
{
    /// <summary>What this build speaks on every connection.</summary>
    public static ProtocolRange Own { get; } = new(Hello.Version, Hello.Version);

    /// <summary>Whether two programs have a version in common.</summary>
    /// <param name="other">What the other one speaks.</param>
    public bool Overlaps(ProtocolRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Lowest <= other.Highest && other.Lowest <= Highest;
    }

    /// <inheritdoc/>
    public override string ToString() => Lowest == Highest ? $"{Lowest}" : $"{Lowest} to {Highest}";
}
