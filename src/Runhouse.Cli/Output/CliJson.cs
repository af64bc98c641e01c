using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Cli.Watching;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;

namespace Runhouse.Cli.Output;

/// <summary>An error as <c>--json</c> writes it.</summary>
/// <param name="Error">The error.</param>
internal sealed record ErrorReport(ErrorText Error);

/// <summary>An error's kind and message.</summary>
/// <param name="Kind">The name of the exception's type.</param>
/// <param name="Message">What happened, to what, and what to do next.</param>
internal sealed record ErrorText(string Kind, string Message);

/// <summary>A cluster in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Provider">Its provider.</param>
/// <param name="Hosts">Its hosts.</param>
/// <param name="AutostopSeconds">After how long without work its hosts stop; null: what the configuration says; -1: never.</param>
/// <param name="OpenPort">The port that is open on its machines, 0 for any; null: what the configuration says.</param>
internal sealed record ClusterEntry(string Name, string Provider, IReadOnlyList<string> Hosts, double? AutostopSeconds, int? OpenPort);

/// <summary>Where the hosts of a cluster answer.</summary>
/// <param name="Name">The cluster.</param>
/// <param name="Hosts">Its hosts.</param>
internal sealed record AccessResult(string Name, IReadOnlyList<ClusterHostAccess> Hosts);

/// <summary>What was taken down.</summary>
/// <param name="Name">The cluster.</param>
/// <param name="WasUp">Whether there was anything to take down.</param>
/// <param name="InFlight">The ids of the calls that were in flight.</param>
/// <param name="Problem">Why it could not be taken down; null when it is down.</param>
internal sealed record DownResult(string Name, bool WasUp, IReadOnlyList<string> InFlight, string? Problem = null);

/// <summary>What was taken back.</summary>
/// <param name="Application">The application.</param>
/// <param name="Hosts">The hosts that had it.</param>
internal sealed record UndeployResult(string Application, IReadOnlyList<string> Hosts);

/// <summary>A tunnel that is open.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="RemotePort">The port on the host.</param>
/// <param name="LocalPort">The port on this machine.</param>
internal sealed record TunnelResult(string Cluster, int RemotePort, int LocalPort);

/// <summary>A host key that is trusted now.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Fingerprint">The key's fingerprint.</param>
/// <param name="File">The file that has it.</param>
internal sealed record TrustResult(string Machine, string Fingerprint, string File);

/// <summary>A command that has ended on a host.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Error">What it wrote to its standard error.</param>
internal sealed record RunResult(int ExitCode, string Output, string Error);

/// <summary>A deployment on a host.</summary>
/// <param name="Host">The host.</param>
/// <param name="Application">The application's id.</param>
/// <param name="Id">The deployment's id.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="Workers">In how many workers it runs.</param>
/// <param name="Objects">How many remote objects are alive in them.</param>
/// <param name="Calls">How many calls are in flight in them.</param>
/// <param name="UsedAt">When somebody last connected to it, or when it was deployed.</param>
/// <param name="IsCurrent">Whether callers get it who name the application and no build.</param>
/// <param name="IsPrevious">Whether it was current before the one that is.</param>
internal sealed record DeploymentEntry(
    string Host, string Application, string Id, int Files, long Bytes, int Workers, int Objects, int Calls, DateTimeOffset UsedAt, bool IsCurrent, bool IsPrevious);

/// <summary>A build that was deployed.</summary>
/// <param name="Host">The host.</param>
/// <param name="Application">The application's id.</param>
/// <param name="Deployment">The deployment's id.</param>
/// <param name="Schedules">What the host runs of it by itself.</param>
internal sealed record DeployResult(string Host, string Application, string Deployment, IReadOnlyList<ScheduleStatus> Schedules);

/// <summary>A remote member.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Signature">What it takes and gives, as a person reads it.</param>
/// <param name="Parameters">The parameters that take arguments.</param>
/// <param name="Result">The type of the result, or of the items of its stream; null for none.</param>
/// <param name="IsStream">Whether the result is a stream.</param>
/// <param name="Needs">What it needs of a host; null for nothing.</param>
internal sealed record MemberEntry(
    string Name, RemoteMemberKind Kind, string Signature, IReadOnlyList<ParameterEntry> Parameters, string? Result, bool IsStream, string? Needs);

/// <summary>A parameter of a remote member.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Kind">How its argument travels.</param>
/// <param name="IsRequired">Whether an argument is required.</param>
internal sealed record ParameterEntry(string Name, string Type, RemoteParameterKind Kind, bool IsRequired);

/// <summary>A call on a host.</summary>
/// <param name="Host">The host.</param>
/// <param name="Call">The call.</param>
internal sealed record CallEntry(string Host, CallStatus Call);

/// <summary>A call that was cancelled.</summary>
/// <param name="Cancelled">Its id.</param>
internal sealed record CancelResult(string Cancelled);

/// <summary>What was deleted.</summary>
/// <param name="Deleted">How many.</param>
internal sealed record DeleteResult(int Deleted);

/// <summary>A saved secret; never its values.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Variables">The variables that it sets.</param>
/// <param name="Files">The files that it puts on a host.</param>
internal sealed record SecretEntry(string Name, IReadOnlyList<string> Variables, IReadOnlyList<string> Files);

/// <summary>The JSON of results.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(IReadOnlyList<ClusterEntry>))]
[JsonSerializable(typeof(IReadOnlyList<ClusterStatus>))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(IReadOnlyList<AccessResult>))]
[JsonSerializable(typeof(IReadOnlyList<DownResult>))]
[JsonSerializable(typeof(UndeployResult))]
[JsonSerializable(typeof(TunnelResult))]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(DeleteResult))]
[JsonSerializable(typeof(SecretEntry))]
[JsonSerializable(typeof(TransferResult))]
[JsonSerializable(typeof(StoredValue))]
[JsonSerializable(typeof(IReadOnlyList<StoredValue>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(TrustResult))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyList<DeploymentEntry>))]
[JsonSerializable(typeof(DeployResult))]
[JsonSerializable(typeof(IReadOnlyList<RolledBack>))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(IReadOnlyList<MemberEntry>))]
[JsonSerializable(typeof(IReadOnlyList<CallEntry>))]
[JsonSerializable(typeof(CancelResult))]
[JsonSerializable(typeof(IReadOnlyList<CostEntry>))]
[JsonSerializable(typeof(IReadOnlyList<SpentEntry>))]
[JsonSerializable(typeof(IReadOnlyList<Runtime.Volumes.CloudVolume>))]
[JsonSerializable(typeof(IReadOnlyList<MachineOffer>))]
[JsonSerializable(typeof(CatalogStatus))]
[JsonSerializable(typeof(IReadOnlyList<CollectedMachine>))]
[JsonSerializable(typeof(RefreshResult))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The same, with the characters of messages as they are: it goes to a pipe or a file, not into a page.</summary>
    public static CliJson Readable => field ??= new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
