namespace Runhouse.Protocol.Control;

// The generated reader sets every property, to null where the JSON has none: what may be left out says itself what it is then.

/// <summary>A remote function of a deployment that its host runs by itself, as its worker tells.</summary>
public sealed record DeclaredSchedule
{
    /// <summary>The id of the member.</summary>
    public required ulong MethodId { get; init; }

    /// <summary>The signature of the member for messages.</summary>
    public required string Member { get; init; }

    /// <summary>The cron expression.</summary>
    public required string Expression { get; init; }

    /// <summary>The IANA id of the time zone whose clock the expression means.</summary>
    public string TimeZone { get; init => field = value ?? "UTC"; } = "UTC";

    /// <summary>Whether it keeps its host up, whoever uses it.</summary>
    public bool KeepsUp { get; init; }

    /// <summary>Whether a second run does no harm.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>How many times a call without an outcome is made again.</summary>
    public int Retries { get; init; }

    /// <summary>What the member needs; null for nothing in particular.</summary>
    public WorkerRequest? Needs { get; init; }

    /// <summary>The defaults of the member's parameters in map form.</summary>
    public byte[] Arguments { get; init => field = value ?? []; } = [];
}

/// <summary>A schedule in the host's status: one of an application's current deployment.</summary>
public sealed record ScheduleStatus
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The id of the deployment that says it, and in which it runs.</summary>
    public required string Deployment { get; init; }

    /// <summary>The signature of the remote function.</summary>
    public required string Member { get; init; }

    /// <summary>The cron expression.</summary>
    public required string Expression { get; init; }

    /// <summary>The IANA id of the time zone whose clock the expression means.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether it keeps the host up, whoever uses it.</summary>
    public bool KeepsUp { get; init; }

    /// <summary>When it is due next, in its time zone; null when that never comes.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>When the call that ran last was due; null when none ever was.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>The id of that call, a detached one.</summary>
    public string? LastCall { get; init; }

    /// <summary>What became of that call; null when none ever ran, and when its outcome is no longer kept.</summary>
    public CallState? LastState { get; init; }

    /// <summary>How many times it was due while the call before it had not ended, and so did not run.</summary>
    public long Skipped { get; init; }
}
