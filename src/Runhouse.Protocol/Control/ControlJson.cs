using System.Text.Json.Serialization;

namespace Runhouse.Protocol.Control;

/// <summary>The JSON of the control messages, written at compile time: the host is compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeploymentManifest))]
[JsonSerializable(typeof(DeploymentReply))]
[JsonSerializable(typeof(ConnectReply))]
[JsonSerializable(typeof(CredentialsStatus))]
[JsonSerializable(typeof(FolderListing))]
[JsonSerializable(typeof(TransferredObject))]
[JsonSerializable(typeof(KeptObjectList))]
[JsonSerializable(typeof(FolderManifest))]
[JsonSerializable(typeof(FolderQuery))]
[JsonSerializable(typeof(FolderReply))]
[JsonSerializable(typeof(HostError))]
[JsonSerializable(typeof(HostStatus))]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(WorkerRequest))]
[JsonSerializable(typeof(HostLogLine))]
[JsonSerializable(typeof(HostToWorkerMessage))]
[JsonSerializable(typeof(WorkerToHostMessage))]
[JsonSerializable(typeof(ValueDeletion))]
[JsonSerializable(typeof(ValueListing))]
[JsonSerializable(typeof(ValueStatus))]
[JsonSerializable(typeof(WireLimits))]
[JsonSerializable(typeof(RunCommand))]
[JsonSerializable(typeof(CommandEnded))]
[JsonSerializable(typeof(CodePatch))]
[JsonSerializable(typeof(PatchReply))]
[JsonSerializable(typeof(AdoptReply))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageProgress))]
[JsonSerializable(typeof(ImageEnvironmentReply))]
[JsonSerializable(typeof(CallListing))]
[JsonSerializable(typeof(CallStatus))]
[JsonSerializable(typeof(CallEvent))]
[JsonSerializable(typeof(DetachedCall))]
[JsonSerializable(typeof(DeclaredSchedule))]
public sealed partial class ControlJson : JsonSerializerContext;
