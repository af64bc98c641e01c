namespace Runhouse.Host.Storage;

/// <summary>How far an application's schedule has come, whichever of its deployments is current.</summary>
/// <param name="Application">The application.</param>
/// <param name="MethodId">The id of the member.</param>
/// <param name="Seed">Makes the ids of its calls other ones than those of other hosts.</param>
/// <param name="Since">Behind which time it is due next.</param>
internal sealed record ScheduleRun(string Application, ulong MethodId, byte[] Seed, DateTimeOffset Since)
{
    /// <summary>When the call that ran last was due; null when none ever was.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>The id of that call.</summary>
    public string? LastCall { get; init; }

    /// <summary>How many times it was due while the call before it had not ended.</summary>
    public long Skipped { get; init; }
}
