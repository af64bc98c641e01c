using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>A schedule of a deployment as the store has it.</summary>
/// <param name="Deployment">The deployment's id.</param>
/// <param name="Application">The deployment's application.</param>
/// <param name="Declared">What is to be run, and when.</param>
internal sealed record StoredSchedule(string Deployment, string Application, DeclaredSchedule Declared)
{
    /// <summary>The image in whose environment it runs, as it is then; null for none.</summary>
    public string? Image { get; init; }

    /// <summary>Whether it runs all the same where the machine lacks what it needs.</summary>
    public bool IsLenient { get; init; }
}

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
