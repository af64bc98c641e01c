using System.Text.Json.Serialization;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>The JSON of the API.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiErrorAnswer))]
[JsonSerializable(typeof(AttachedDisk))]
[JsonSerializable(typeof(Disk))]
[JsonSerializable(typeof(DiskPage))]
[JsonSerializable(typeof(Firewall))]
[JsonSerializable(typeof(MachineImage))]
[JsonSerializable(typeof(Instance))]
[JsonSerializable(typeof(InstancePage))]
[JsonSerializable(typeof(Operation))]
[JsonSerializable(typeof(PermissionList))]
[JsonSerializable(typeof(ZonePage))]
internal sealed partial class ComputeJson : JsonSerializerContext;
