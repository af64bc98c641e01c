using System.Text.Json.Nodes;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>
/// Lays one part of a pod's description over another, as the API's own strategic merge does: objects by their members, lists of things with names by those names, tolerations one after
/// the other; everything else takes the place of what was there.
/// </summary>
internal static class PodMerge
{
    // What tells the items of a list apart.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["imagePullSecrets"] = "name",
        ["volumeMounts"] = "mountPath",
        ["volumeDevices"] = "devicePath",
        ["ports"] = "containerPort",
        ["hostAliases"] = "ip",
        ["topologySpreadConstraints"] = "topologyKey",
    };

    /// <summary>Lays one object over another, which is changed.</summary>
    /// <param name="below">The other.</param>
    /// <param name="above">The one that wins; a member that is null takes away what was there.</param>
    public static void Into(JsonObject below, JsonObject above)
    {
        foreach ((string name, JsonNode? value) in above)
        {
            JsonNode? old = below[name];
            switch (old, value)
            {
                case (_, null):
                    below.Remove(name);
                    break;
                case (JsonObject one, JsonObject other):
                    Into(one, other);
                    break;
                case (JsonArray one, JsonArray other) when name == "tolerations":
                    Append(one, other);
                    break;
                case (JsonArray one, JsonArray other) when Keys.TryGetValue(name, out string? key):
                    Merge(one, other, key);
                    break;
                case (_, JsonObject other):
                    // What it takes away is not there to begin with.
                    var made = new JsonObject();
                    Into(made, other);
                    below[name] = made;
                    break;
                default:
                    below[name] = value.DeepClone();
                    break;
            }
        }
    }

    private static void Append(JsonArray below, JsonArray above)
    {
        foreach (JsonNode? item in above)
            below.Add(item?.DeepClone());
    }

    private static void Merge(JsonArray below, JsonArray above, string key)
    {
        foreach (JsonNode? item in above)
        {
            if (item is JsonObject one && below.OfType<JsonObject>().FirstOrDefault(other => one[key] is { } name && JsonNode.DeepEquals(other[key], name)) is { } same)
                Into(same, one);
            else
                below.Add(item?.DeepClone());
        }
    }
}
