namespace Runhouse.Protocol.Framing;

/// <summary>The flags of a call.</summary>
[Flags]
internal enum CallFlags : byte
{
    None = 0,

    /// <summary>What the call writes goes back to its caller.</summary>
    WantsLogs = 1,

    /// <summary>A trace context follows the header.</summary>
    Traced = 2,

    /// <summary>The arguments are laid out as maps, and in plain form if the header has no schema hash.</summary>
    MapForm = 4,
}
