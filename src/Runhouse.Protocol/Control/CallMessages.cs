namespace Runhouse.Protocol.Control;

/// <summary>List the calls in flight.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
public sealed record ListCalls(long RequestId) : HostToWorkerMessage;

/// <summary>The answer to <see cref="ListCalls"/>.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Calls">The oldest calls in flight, oldest first.</param>
/// <param name="Total">How many there are.</param>
public sealed record CallList(long RequestId, IReadOnlyList<CallInFlight> Calls, int Total) : WorkerToHostMessage, IWorkerAnswer
{
    /// <summary>How many calls a worker lists at most: what it says has to fit into a line.</summary>
    public const int MaxCalls = 300;
}

/// <summary>Cancel a call.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="CallId">The call's id in words.</param>
/// <param name="By">Who asks for it.</param>
public sealed record CancelCall(long RequestId, string CallId, string By) : HostToWorkerMessage;

/// <summary>The answer to <see cref="CancelCall"/>.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="WasInFlight">Whether there was such a call.</param>
public sealed record CallCancellation(long RequestId, bool WasInFlight) : WorkerToHostMessage, IWorkerAnswer;

/// <summary>A call in flight, as its worker knows it.</summary>
/// <param name="Id">Its id in words.</param>
/// <param name="Member">The signature of the called member.</param>
/// <param name="Age">How long ago it arrived, in seconds.</param>
/// <param name="Ticket">The nonce of the ticket that its caller showed, by which the host knows who that is.</param>
public sealed record CallInFlight(string Id, string Member, double Age, string Ticket)
{
    /// <summary>The remote object that is called, by its name or its id; null for functions and constructors.</summary>
    public string? Object { get; init; }
}

/// <summary>The calls of a host (<c>GET /v1/calls</c>): those in flight, and the detached ones that it keeps.</summary>
/// <param name="Calls">The calls, oldest first.</param>
/// <param name="Unlisted">How many more are in flight than a worker lists.</param>
public sealed record CallListing(IReadOnlyList<CallStatus> Calls, int Unlisted)
{
    /// <summary>The workers that did not answer in time: what runs in them is not known.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];
}

/// <summary>A call on a host.</summary>
public sealed record CallStatus
{
    /// <summary>Its id: of a call in flight the one that errors and logs name it by, of a detached one that of its <c>RemoteCall</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it is doing.</summary>
    public required CallState State { get; init; }

    /// <summary>The signature of the called member.</summary>
    public required string Member { get; init; }

    /// <summary>The remote object that is called, by its name or its id; null for functions and constructors.</summary>
    public string? Object { get; init; }

    /// <summary>Who made it: user, machine and process.</summary>
    public string Caller { get; init; } = "";

    /// <summary>When it arrived, or was recorded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The application.</summary>
    public string? Application { get; init; }

    /// <summary>The deployment.</summary>
    public string? Deployment { get; init; }

    /// <summary>The worker in which it runs, or ran; null while it waits.</summary>
    public string? Worker { get; init; }

    /// <summary>Whether it is a detached call, whose outcome its host keeps.</summary>
    public bool IsDetached { get; init; }

    /// <summary>When a detached call began, the last time if it was run again; null while it waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When a detached call ended; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Until when the outcome of a detached call is kept; null before its end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often a detached call has begun.</summary>
    public int Attempts { get; init; }

    /// <summary>Who cancelled it; null when nobody did.</summary>
    public string? CancelledBy { get; init; }
}

/// <summary>
/// A detached call to record and to run (<c>PUT /v1/calls/{id}</c>; the body is the length of this as JSON, four bytes, the lowest first, this, and the arguments in map form).
/// </summary>
public sealed record DetachedCall
{
    /// <summary>The signature of the member for messages.</summary>
    public required string Member { get; init; }

    /// <summary>The id of the member.</summary>
    public required ulong MethodId { get; init; }

    /// <summary>The deployment in whose worker a function runs; null for calls of objects.</summary>
    public string? Deployment { get; init; }

    /// <summary>In which worker of the deployment a function runs; null for that of members that need nothing in particular.</summary>
    public WorkerRequest? Place { get; init; }

    /// <summary>How long a function waits for what others hold, in seconds; null for as long as that takes.</summary>
    public double? WaitSeconds { get; init; }

    /// <summary>The image in whose environment a function runs, as it is when the call begins; null for none. The host says it, of the environment of <see cref="Place"/>.</summary>
    public string? Image { get; init; }

    /// <summary>The worker that has the object; null for functions.</summary>
    public string? Worker { get; init; }

    /// <summary>The object's id in that worker; 0 for functions.</summary>
    public ulong ObjectId { get; init; }

    /// <summary>The object's name; null for functions and for objects without one.</summary>
    public string? ObjectName { get; init; }

    /// <summary>The numbers of the arguments that receive progress.</summary>
    public IReadOnlyList<byte> Receivers { get; init; } = [];

    /// <summary>Whether a second run does no harm: then it runs again when its host ended while it ran.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>How many times it runs again, if it is idempotent, when its worker ended while it ran.</summary>
    public int Retries { get; init; }

    /// <summary>For how long its outcome is kept after its end, in seconds.</summary>
    public double RetentionSeconds { get; init; }
}

/// <summary>What a detached call wrote or reported (<c>GET /v1/calls/{id}/events</c>, one JSON object in each line of the answer).</summary>
public sealed record CallEvent
{
    /// <summary>Its number in the call, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>A line that the call wrote; null for a report.</summary>
    public string? Line { get; init; }

    /// <summary>The line's level, numbered as <c>Microsoft.Extensions.Logging.LogLevel</c> numbers it.</summary>
    public int Level { get; init; }

    /// <summary>The category of the line's logger; null for the standard streams.</summary>
    public string? Category { get; init; }

    /// <summary>A report of progress as the wire has it; null for a line.</summary>
    public byte[]? Report { get; init; }

    /// <summary>The number of the argument that the report is for.</summary>
    public byte Receiver { get; init; }
}

/// <summary>What the body of an answer with the outcome of a detached call is (<c>GET /v1/calls/{id}/outcome</c>).</summary>
public static class CallOutcome
{
    /// <summary>The header that says it.</summary>
    public const string Header = "Runhouse-Outcome";

    /// <summary>The result, in map form; empty for none.</summary>
    public const string Result = "result";

    /// <summary>The error, as the wire has it.</summary>
    public const string Error = "error";

    /// <summary>The worker that ended while the call ran: a <see cref="WorkerStatus"/>.</summary>
    public const string WorkerLost = "worker-lost";

    /// <summary>Why the host could not run the call: a <see cref="HostError"/>.</summary>
    public const string Refused = "refused";
}

/// <summary>What a call is doing.</summary>
public enum CallState
{
    /// <summary>It is recorded, and has not begun.</summary>
    Waiting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It has ended with its result.</summary>
    Completed,

    /// <summary>It has ended with an error.</summary>
    Failed,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>Its host ended while it ran: whether it came to its end is not known.</summary>
    Interrupted,
}
