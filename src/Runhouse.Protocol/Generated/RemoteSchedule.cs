namespace Runhouse.Protocol.Generated;

/// <summary>When a host runs a remote function by itself. Generated code holds one instance for each function that says so.</summary>
/// <param name="methodId">The member's stable id.</param>
/// <param name="expression">The cron expression.</param>
public sealed class RemoteSchedule(ulong methodId, string expression)
{
    /// <summary>The member's stable id.</summary>
    public ulong MethodId { get; } = methodId;

    /// <summary>The cron expression: five fields, six with seconds in front, or a macro such as <c>@daily</c>.</summary>
    public string Expression { get; } = expression;

    /// <summary>The id of the time zone whose clock the expression means.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Whether it keeps its host up, whoever uses it.</summary>
    public bool KeepsUp { get; init; }

    /// <summary>How many times a call without an outcome is made again.</summary>
    public int Retries { get; init; }

    /// <summary>Writes the defaults of the member's parameters, as its caller would; null when it has none.</summary>
    public WireWrite<Unit>? WriteArguments { get; init; }
}
