namespace Runhouse.Protocol.Control;

/// <summary>What the host answers to a manifest (<c>POST /v1/deployments</c>).</summary>
/// <param name="Id">The deployment's id.</param>
/// <param name="Missing">The hashes of the files that the host does not have yet; empty when the deployment is ready to run.</param>
public sealed record DeploymentReply(string Id, IReadOnlyList<string> Missing);

/// <summary>Where a worker listens and what opens it (the answer to a <see cref="WorkerRequest"/>, <c>POST /v1/deployments/{id}/connect</c>, and to <c>/v1/workers/{id}/connect</c>).</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Deployment">The deployment that runs in it.</param>
/// <param name="Host">The host's name for messages.</param>
/// <param name="HostId">The host's identity: where the caller's machine has the same, the worker is reached directly.</param>
/// <param name="SocketPath">The Unix socket on which the worker listens.</param>
/// <param name="Ticket">A ticket, good for one connection within a minute, in base64.</param>
public sealed record ConnectReply(string WorkerId, string Deployment, string Host, string HostId, string SocketPath, string Ticket)
{
    /// <summary>The remote object asked for by name; 0 when none was.</summary>
    public ulong ObjectId { get; init; }

    /// <summary>The full name of the object's type; null when none was asked for.</summary>
    public string? TypeName { get; init; }

    /// <summary>What was changed in the worker's code since it was loaded: a hash over all patches in their order; empty for none.</summary>
    public string Changes { get; init => field = value ?? ""; } = "";
}

/// <summary>An error of the host (any status from 400 on).</summary>
/// <param name="Code">What kind it is; see <see cref="HostErrorCode"/>.</param>
/// <param name="Message">What happened, to what, and what to do next.</param>
public sealed record HostError(string Code, string Message)
{
    /// <summary>The worker that did not start, as it is now; null for errors that are not about one.</summary>
    public WorkerStatus? Worker { get; init; }
}

/// <summary>The kinds of error of the host.</summary>
public static class HostErrorCode
{
    /// <summary>No token was sent (401).</summary>
    public const string NoToken = "no-token";

    /// <summary>The token is wrong (403).</summary>
    public const string WrongToken = "wrong-token";

    /// <summary>Nothing of that name exists (404).</summary>
    public const string NotFound = "not-found";

    /// <summary>There was an object of that name, and it was lost (404).</summary>
    public const string Lost = "lost";

    /// <summary>The caller's build is not on the host (404): upload it, and ask again.</summary>
    public const string NoDeployment = "no-deployment";

    /// <summary>An object's state cannot be taken, kept or restored (409); the message holds why.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>The host has no image environment of that id (404): it ended since, or another image took its place. Apply the image again.</summary>
    public const string NoEnvironment = "no-environment";

    /// <summary>The request is malformed or refused (422).</summary>
    public const string Invalid = "invalid";

    /// <summary>A file, a folder or a value cannot be copied as asked (409, 422); the message holds why.</summary>
    public const string Transfer = "transfer";

    /// <summary>The deployment did not start (409), or wants what this host cannot do; the message holds why.</summary>
    public const string DidNotStart = "did-not-start";

    /// <summary>The machine does not have what the worker needs, or others hold it (503); the message holds which.</summary>
    public const string Capacity = "capacity";

    /// <summary>The host is stopping (503).</summary>
    public const string Stopping = "stopping";

    /// <summary>The worker ended since the host sent the caller to it (503): connect again for another one.</summary>
    public const string WorkerGone = "worker-gone";

    /// <summary>The host failed at a request for a reason of its own (500); the message and its log hold why.</summary>
    public const string Failed = "failed";
}

/// <summary>What runs on a host (<c>GET /v1/status</c>).</summary>
public sealed record HostStatus
{
    /// <summary>The host's name.</summary>
    public required string Host { get; init; }

    /// <summary>The host's identity.</summary>
    public required string HostId { get; init; }

    /// <summary>The host's version.</summary>
    public required string Version { get; init; }

    /// <summary>The host's process id.</summary>
    public required int ProcessId { get; init; }

    /// <summary>When the host started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The deployments that the host has in full.</summary>
    public required IReadOnlyList<DeploymentStatus> Deployments { get; init; }

    /// <summary>The workers, those that ended lately included.</summary>
    public required IReadOnlyList<WorkerStatus> Workers { get; init; }

    /// <summary>How many callers wait for workers whose accelerators, cores or memory others hold.</summary>
    public int Waiting { get; init; }

    /// <summary>The named remote objects.</summary>
    public required IReadOnlyList<NamedObjectStatus> Objects { get; init; }

    /// <summary>What the host runs by itself, and when.</summary>
    public IReadOnlyList<ScheduleStatus> Schedules { get; init => field = value ?? []; } = [];

    /// <summary>The machine.</summary>
    public required MachineStatus Machine { get; init; }

    /// <summary>When the host stops unless something comes until then; null when it never does, or has work now.</summary>
    public DateTimeOffset? StopsAt { get; init; }

    /// <summary>Until when it is kept up whether it has work or not; null when it is not.</summary>
    public DateTimeOffset? KeptUntil { get; init; }
}

/// <summary>
/// How old a host's token and certificate are (<c>GET /v1/credentials</c>, <c>POST /v1/credentials/rotate</c>). The token itself is in the host's <c>host.json</c> alone.
/// </summary>
public sealed record CredentialsStatus
{
    /// <summary>The host's port.</summary>
    public required int Port { get; init; }

    /// <summary>Whether the port is open on all of the machine's addresses, not on its loopback address alone.</summary>
    public required bool IsOpen { get; init; }

    /// <summary>When the token was made.</summary>
    public required DateTimeOffset TokenCreatedAt { get; init; }

    /// <summary>When another token takes its place, if the host runs until then.</summary>
    public required DateTimeOffset TokenRenewsAt { get; init; }

    /// <summary>SHA-256 of the certificate, in hexadecimal digits; null when the port speaks no TLS.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>When the certificate was made; null without TLS.</summary>
    public DateTimeOffset? CertificateCreatedAt { get; init; }

    /// <summary>When another certificate takes its place; null without TLS.</summary>
    public DateTimeOffset? CertificateRenewsAt { get; init; }

    /// <summary>When the certificate is good no longer; null without TLS.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; init; }
}

/// <summary>A line of a host's logs (<c>GET /v1/logs</c>, one JSON object in each line of the answer).</summary>
/// <param name="Source">Whose it is: <c>host</c>, or the id of the worker that wrote it.</param>
/// <param name="Line">The line.</param>
public sealed record HostLogLine(string Source, string Line);

/// <summary>What a host's machine has and how much of it is in use.</summary>
public sealed record MachineStatus
{
    /// <summary>Its own name.</summary>
    public required string Name { get; init; }

    /// <summary>Its processor cores.</summary>
    public required int Cores { get; init; }

    /// <summary>How many processes ran or wanted to run, on average of the last minute.</summary>
    public double Load { get; init; }

    /// <summary>Its memory in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The memory that programs could still get, in bytes.</summary>
    public long MemoryAvailableBytes { get; init; }

    /// <summary>The disk on which the host keeps its files, in bytes.</summary>
    public long DiskBytes { get; init; }

    /// <summary>What is free on that disk, in bytes.</summary>
    public long DiskAvailableBytes { get; init; }

    /// <summary>Its accelerators.</summary>
    public IReadOnlyList<AcceleratorStatus> Accelerators { get; init => field = value ?? []; } = [];
}

/// <summary>An accelerator in a machine's status.</summary>
/// <param name="Name">Its model as its driver names it.</param>
public sealed record AcceleratorStatus(string Name)
{
    /// <summary>Its number, as <c>CUDA_VISIBLE_DEVICES</c> has it.</summary>
    public int Index { get; init; }

    /// <summary>The id of the worker that holds it; null when none does.</summary>
    public string? WorkerId { get; init; }

    /// <summary>How much of the time it has been busy lately, in per cent; null when it does not tell.</summary>
    public long? UsePercent { get; init; }

    /// <summary>Its memory in use, in bytes; null when it does not tell.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Its memory in bytes; null when it does not tell.</summary>
    public long? MemoryBytes { get; init; }
}

/// <summary>A deployment in the host's status.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Application">The application.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">Their size together.</param>
public sealed record DeploymentStatus(string Id, string Application, int Files, long Bytes)
{
    /// <summary>When somebody last connected to it, or when it was deployed.</summary>
    public DateTimeOffset UsedAt { get; init; }

    /// <summary>Whether callers get it who name the application and no build.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>Whether it was current before the one that is.</summary>
    public bool IsPrevious { get; init; }
}

/// <summary>A named remote object in the host's status.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The full name of its type.</param>
/// <param name="WorkerId">The worker that holds it; null while only its state is kept, from which its next use brings it back.</param>
/// <param name="ObjectId">Its id, the same in whichever worker it is.</param>
public sealed record NamedObjectStatus(string Name, string TypeName, string? WorkerId, ulong ObjectId)
{
    /// <summary>Whether its state is kept over the end of its worker and its host.</summary>
    public bool KeepsState { get; init; }
}

/// <summary>A worker in the host's status, and its fate once it has ended (<c>GET /v1/workers/{id}</c>).</summary>
public sealed record WorkerStatus
{
    /// <summary>The worker's id.</summary>
    public required string Id { get; init; }

    /// <summary>The deployment that runs in it; null while it stands by.</summary>
    public string? Deployment { get; init; }

    /// <summary>The application that runs in it; null while it stands by.</summary>
    public string? Application { get; init; }

    /// <summary>Its process id.</summary>
    public required int ProcessId { get; init; }

    /// <summary>What it is doing.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Calls in flight.</summary>
    public int Calls { get; init; }

    /// <summary>Connected sessions.</summary>
    public int Sessions { get; init; }

    /// <summary>Remote objects alive in it.</summary>
    public int Objects { get; init; }

    /// <summary>The name of the process that it is; null for a worker of all that has the same needs.</summary>
    public string? Process { get; init; }

    /// <summary>The processor cores that it holds; 0 for none in particular.</summary>
    public double Cpus { get; init; }

    /// <summary>The memory in GiB that it holds; 0 for none in particular.</summary>
    public double MemoryGiB { get; init; }

    /// <summary>The accelerators that it holds, by their numbers in the machine's status.</summary>
    public IReadOnlyList<int> Accelerators { get; init => field = value ?? []; } = [];

    /// <summary>The memory that it may have at the most, in bytes; null when it has no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>
    /// Whether the limit is that of the runtime's heap alone, as the host's control group cannot be written: native memory and child processes are beside it.
    /// </summary>
    public bool IsHeapLimitOnly { get; init; }

    /// <summary>The most memory that it and its child processes have had at once, in bytes; null when it is not measured.</summary>
    public long? MemoryPeakBytes { get; init; }

    /// <summary>Whether the kernel has ended it for want of memory; false also when the kernel cannot be asked.</summary>
    public bool IsOutOfMemory { get; init; }

    /// <summary>Whether it was ended because somebody asked for it (<c>DELETE /v1/workers/{id}</c>).</summary>
    public bool IsEndedOnRequest { get; init; }

    /// <summary>Whether it was ended because its machine's provider has taken the machine back.</summary>
    public bool IsPreempted { get; init; }

    /// <summary>Whether it was ended because the time for which its scheduler gave the machine was over.</summary>
    public bool IsTimeOver { get; init; }

    /// <summary>The memory that its process holds, in bytes; 0 once it has ended.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The processor time that its process has used, in seconds; 0 once it has ended.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>The exit code once it has ended; null before, and when a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, if one did.</summary>
    public int? Signal { get; init; }

    /// <summary>What it hung in, when the host ended it for that; null otherwise.</summary>
    public string? Hang { get; init; }

    /// <summary>The last lines it wrote to its standard streams, oldest first.</summary>
    public IReadOnlyList<string> LastOutput { get; init => field = value ?? []; } = [];
}

/// <summary>What a worker is doing.</summary>
public enum WorkerState
{
    /// <summary>Its process has been started.</summary>
    Starting,

    /// <summary>It is warm and waits for a deployment.</summary>
    Standby,

    /// <summary>It loads its deployment.</summary>
    Loading,

    /// <summary>It serves calls.</summary>
    Serving,

    /// <summary>It finishes its calls and takes no new sessions.</summary>
    Draining,

    /// <summary>It has ended.</summary>
    Ended,
}
