namespace Runhouse;

/// <summary>How calls are made.</summary>
public sealed record RemoteOptions
{
    /// <summary>The options when none are set.</summary>
    public static RemoteOptions Default { get; } = new();

    /// <summary>How long a call may take, on both sides; null for no deadline.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not longer than zero.</exception>
    public TimeSpan? Timeout
    {
        get;
        init => field = value switch
        {
            { } given when given == System.Threading.Timeout.InfiniteTimeSpan => null,
            { } given when given <= TimeSpan.Zero => throw new ArgumentOutOfRangeException(
                nameof(Timeout), given, "RemoteOptions.Timeout must be longer than zero. Leave it null for calls without a deadline."),
            _ => value,
        };
    }

    /// <summary>
    /// How many times a call is made again after it has failed without an outcome; null for as often as its member says
    /// (<see cref="RemoteAttribute.Retries"/>), 0 for never. Of a member that is not marked <see cref="RemoteAttribute.Idempotent"/>, only calls that surely
    /// have not begun. <see cref="Timeout"/> is for all attempts together.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? Retries
    {
        get;
        init => field = value is not < 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(Retries), value, "RemoteOptions.Retries counts attempts after the first one and must not be negative. Leave it null for what the member says.");
    }

    /// <summary>
    /// How long a call waits for its worker when others hold the accelerators, cores or memory that the worker needs; zero for a <see cref="CapacityException"/>
    /// at once. Null leaves it to the configuration, and that to a minute; a detached call waits for as long as it takes then.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or longer than a day.</exception>
    public TimeSpan? WaitForCapacity
    {
        get;
        init => field = value is not { } given || (given >= TimeSpan.Zero && given <= TimeSpan.FromDays(1)) ? value : throw new ArgumentOutOfRangeException(
            nameof(WaitForCapacity), given, "RemoteOptions.WaitForCapacity is from zero to a day. Leave it null for what the configuration says.");
    }

    /// <summary>
    /// Whether the lines that remote code writes come back to this process. With <see cref="RunhouseMode.Inline"/> it makes no difference: the code
    /// runs in this process and writes to its console and its loggers.
    /// </summary>
    public bool StreamLogs { get; init; } = true;
}
