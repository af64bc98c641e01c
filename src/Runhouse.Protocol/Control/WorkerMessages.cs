using System.Text.Json.Serialization;

namespace Runhouse.Protocol.Control;

/// <summary>A message of the host to a worker: one line of JSON on the worker's standard input. The end of that stream ends the worker.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LoadDeployment), "load")]
[JsonDerivedType(typeof(NameReservation), "reservation")]
[JsonDerivedType(typeof(DropObject), "drop")]
[JsonDerivedType(typeof(DrainWorker), "drain")]
[JsonDerivedType(typeof(AnnounceEnd), "end")]
[JsonDerivedType(typeof(ListCalls), "list-calls")]
[JsonDerivedType(typeof(CancelCall), "cancel-call")]
[JsonDerivedType(typeof(PingWorker), "ping")]
[JsonDerivedType(typeof(ApplyPatch), "patch")]
[JsonDerivedType(typeof(StateKept), "state-kept")]
[JsonDerivedType(typeof(HoldObject), "hold")]
[JsonDerivedType(typeof(LetObjectGo), "let-go")]
[JsonDerivedType(typeof(RestoreObject), "restore")]
public abstract record HostToWorkerMessage;

/// <summary>Load a deployment and serve it.</summary>
public sealed record LoadDeployment : HostToWorkerMessage
{
    /// <summary>A message whose optional members have their defaults.</summary>
    public LoadDeployment()
    {
    }

    /// <summary>For JSON: generated readers assign every init member, and the ones left out would be null or zero but for these defaults.</summary>
    [JsonConstructor]
    internal LoadDeployment(
        IReadOnlyList<string>? accelerators = null,
        WireLimits? limits = null,
        IReadOnlyDictionary<string, string>? environment = null,
        IReadOnlyList<string>? secrets = null,
        double leaseSeconds = 10)
    {
        (Accelerators, Limits, LeaseSeconds) = (accelerators ?? [], limits ?? WireLimits.Default, leaseSeconds);
        (Environment, Secrets) = (environment ?? new Dictionary<string, string>(), secrets ?? []);
    }

    /// <summary>The worker's id.</summary>
    public required string WorkerId { get; init; }

    /// <summary>The host's name.</summary>
    public required string Host { get; init; }

    /// <summary>The application's id.</summary>
    public required string Application { get; init; }

    /// <summary>The deployment's id.</summary>
    public required string Deployment { get; init; }

    /// <summary>The folder with the deployment's files.</summary>
    public required string Directory { get; init; }

    /// <summary>The path of the entry assembly inside the folder.</summary>
    public required string EntryAssembly { get; init; }

    /// <summary>The Unix socket to listen on.</summary>
    public required string SocketPath { get; init; }

    /// <summary>The key with which the host signs tickets for this worker, in base64.</summary>
    public required string TicketKey { get; init; }

    /// <summary>Processor cores that this worker may use.</summary>
    public double Cpus { get; init; }

    /// <summary>Memory in GiB that this worker may use.</summary>
    public double MemoryGiB { get; init; }

    /// <summary>Accelerators that this worker may use, <c>A100:2</c>.</summary>
    public IReadOnlyList<string> Accelerators { get; init; } = [];

    /// <summary>What the worker accepts on its connections.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>What the managed heap may grow to, in bytes; 0 for no limit but the machine's.</summary>
    public long HeapLimitBytes { get; init; }

    /// <summary>Environment variables to set before user code is loaded: those of the image, of the named process, and of the accelerators.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Texts that must not appear in what the worker writes: those of the image's secrets.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>How long the objects and calls of a lost session are kept, in seconds.</summary>
    public double LeaseSeconds { get; init; } = 10;
}

/// <summary>The answer to <see cref="ReserveName"/>.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Error">Why the name cannot be had; null when it is reserved.</param>
public sealed record NameReservation(long RequestId, string? Error) : HostToWorkerMessage
{
    /// <summary>Whether the name is free, and what the object's state needs cannot be kept.</summary>
    public bool IsNotKept { get; init; }
}

/// <summary>Dispose a remote object: its name was deleted or taken over.</summary>
/// <param name="ObjectId">The object.</param>
public sealed record DropObject(ulong ObjectId) : HostToWorkerMessage;

/// <summary>Take no new sessions, finish the calls in flight, then end.</summary>
public sealed record DrainWorker : HostToWorkerMessage;

/// <summary>The machine is about to be taken away.</summary>
/// <param name="EndsAt">When the worker is ended.</param>
public sealed record AnnounceEnd(DateTimeOffset EndsAt) : HostToWorkerMessage;

/// <summary>Give a sign of life. A worker that gives none for long is ended.</summary>
public sealed record PingWorker : HostToWorkerMessage;

/// <summary>Change the bodies of methods of the running application.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="Patch">The change.</param>
public sealed record ApplyPatch(long RequestId, CodePatch Patch) : HostToWorkerMessage;

/// <summary>A message of a worker to its host: one line of JSON.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(WorkerStandingBy), "standby")]
[JsonDerivedType(typeof(WorkerServing), "serving")]
[JsonDerivedType(typeof(WorkerDidNotLoad), "did-not-load")]
[JsonDerivedType(typeof(ReserveName), "reserve")]
[JsonDerivedType(typeof(ReleaseName), "release")]
[JsonDerivedType(typeof(WorkerLoad), "load")]
[JsonDerivedType(typeof(CallList), "calls")]
[JsonDerivedType(typeof(CallCancellation), "cancellation")]
[JsonDerivedType(typeof(WorkerAlive), "alive")]
[JsonDerivedType(typeof(WorkerHung), "hung")]
[JsonDerivedType(typeof(PatchApplied), "patched")]
[JsonDerivedType(typeof(KeepState), "keep-state")]
[JsonDerivedType(typeof(ObjectHeld), "held")]
[JsonDerivedType(typeof(ObjectRestored), "restored")]
public abstract record WorkerToHostMessage;

/// <summary>The worker is warm and waits for a deployment.</summary>
/// <param name="ProcessId">Its process id.</param>
public sealed record WorkerStandingBy(int ProcessId) : WorkerToHostMessage
{
    /// <summary>
    /// The descriptors, in the worker, of the pipes in which arrives what is written past its console, so that the host can read what the worker
    /// leaves there when it ends. Null or empty for none.
    /// </summary>
    public IReadOnlyList<int>? OutputPipes { get; init; }
}

/// <summary>The worker listens.</summary>
public sealed record WorkerServing : WorkerToHostMessage
{
    /// <summary>What its deployment wants to be run by the host itself. Null or empty for nothing.</summary>
    public IReadOnlyList<DeclaredSchedule>? Schedules { get; init; }
}

/// <summary>The deployment could not be loaded; the worker ends.</summary>
/// <param name="Error">Why.</param>
public sealed record WorkerDidNotLoad(string Error) : WorkerToHostMessage
{
    /// <summary>Whether it was for want of memory.</summary>
    public bool IsOutOfMemory { get; init; }
}

/// <summary>Reserve a name for a remote object.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="Name">The name.</param>
/// <param name="TypeName">The full name of the object's type.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="Replace">Whether an object of that name is dropped, instead of being a conflict.</param>
public sealed record ReserveName(long RequestId, string Name, string TypeName, ulong ObjectId, bool Replace) : WorkerToHostMessage
{
    /// <summary>The file beside the worker's socket with what the object's constructor was called with; null for an object whose state is not kept.</summary>
    public string? Construction { get; init; }
}

/// <summary>A named remote object is gone.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ObjectId">The object, so that a name taken over meanwhile stays.</param>
public sealed record ReleaseName(string Name, ulong ObjectId) : WorkerToHostMessage;

/// <summary>What the worker is busy with; sent when it changes, at most a few times a second.</summary>
/// <param name="Calls">Calls in flight.</param>
/// <param name="Sessions">Connected sessions.</param>
/// <param name="Objects">Remote objects alive.</param>
/// <param name="Arrived">How many tickets have been used since it began to serve, for sessions that were opened or resumed.</param>
public sealed record WorkerLoad(int Calls, int Sessions, int Objects, int Arrived = 0) : WorkerToHostMessage;

/// <summary>The answer to <see cref="PingWorker"/>.</summary>
/// <param name="IsDebugged">Whether a debugger is attached, which may stop the worker for as long as somebody looks at it.</param>
public sealed record WorkerAlive(bool IsDebugged) : WorkerToHostMessage;

/// <summary>A call goes on long after its deadline and ignores its cancellation: end this worker. Its threads' stacks are in its log.</summary>
/// <param name="Cause">The member, the call and how long, in words.</param>
public sealed record WorkerHung(string Cause) : WorkerToHostMessage;

/// <summary>The answer to <see cref="ApplyPatch"/>.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Error">Why the code is as it was; null when it has changed.</param>
public sealed record PatchApplied(long RequestId, string? Error) : WorkerToHostMessage, IWorkerAnswer;
