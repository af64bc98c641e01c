namespace Runhouse;

/// <summary>How calls are made.</summary>
public sealed record RemoteOptions
{
    /// <summary>The options when none are set.</summary>
    public static RemoteOptions Default { get; } = new();

    /// <summary>How long a call may take, on both sides; null for no deadline.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the lines that remote code writes come back to this process.</summary>
    public bool StreamLogs { get; init; } = true;
}
