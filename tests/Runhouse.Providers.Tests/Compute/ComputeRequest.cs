using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Runhouse.Providers.Compute;

/// <summary>A request to the server.</summary>
public sealed record ComputeRequest
{
    /// <summary>The method, <c>instances.insert</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>The zone; null for what is global.</summary>
    public string? Zone { get; init; }

    /// <summary>What it is about: the last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary>The path.</summary>
    public required string Path { get; init; }

    /// <summary>The query.</summary>
    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>The body; empty for none.</summary>
    public required JsonObject Body { get; init; }

    /// <summary>What the project is that pays; null for nothing said.</summary>
    public string? QuotaProject { get; init; }

    /// <summary>A value of the body, by the names that lead to it; numbers lead into lists.</summary>
    /// <param name="path">The names, with '.' between them.</param>
    public string? this[string path]
    {
        get
        {
            JsonNode? node = Body;
            foreach (string part in path.Split('.'))
                node = node is JsonArray list ? list.ElementAtOrDefault(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)) : node?[part];
            return node?.ToString();
        }
    }

    /// <summary>The value of an item of the metadata; null when there is none.</summary>
    /// <param name="key">The item.</param>
    public string? Metadata(string key) => Body["metadata"]?["items"]?.AsArray().FirstOrDefault(item => item!["key"]!.ToString() == key)?["value"]?.ToString();

    /// <summary>Reads one.</summary>
    public static async Task<ComputeRequest> ReadAsync(HttpRequest request)
    {
        string[] parts = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        JsonObject body = request.ContentType is { } type && type.StartsWith("application/json", StringComparison.Ordinal)
            ? (JsonObject)(await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted))!
            : [];
        (string action, string? zone) = Recognize(request.Method, parts);
        return new ComputeRequest
        {
            Action = action,
            Zone = zone,
            Project = parts.Length > 3 && parts[0] == "compute" ? parts[3] : parts[^1].Split(':')[0],
            Name = parts[^1] is "wait" or "stop" or "start" or "attachDisk" ? parts[^2] : parts[^1],
            Path = string.Join('/', parts.Skip(2)),
            Query = request.Query.ToDictionary(static pair => pair.Key, static (KeyValuePair<string, StringValues> pair) => pair.Value.ToString(), StringComparer.Ordinal),
            Body = body,
            QuotaProject = request.Headers["X-Goog-User-Project"],
        };
    }

    // Behind compute/v1/projects/P.
    private static (string Action, string? Zone) Recognize(string method, string[] parts) => (method, parts) switch
    {
        ("POST", ["v1", "projects", _]) => ("projects.testIamPermissions", null),
        ("GET", [_, _, _, _, "zones"]) => ("zones.list", null),
        ("GET", [_, _, _, _, "aggregated", "instances"]) => ("instances.aggregatedList", null),
        ("POST", [_, _, _, _, "zones", var zone, "instances"]) => ("instances.insert", zone),
        ("GET", [_, _, _, _, "zones", var zone, "instances", _]) => ("instances.get", zone),
        ("POST", [_, _, _, _, "zones", var zone, "instances", _, "attachDisk"]) => ("instances.attachDisk", zone),
        ("GET", [_, _, _, _, "aggregated", "disks"]) => ("disks.aggregatedList", null),
        ("POST", [_, _, _, _, "zones", var zone, "disks"]) => ("disks.insert", zone),
        ("GET", [_, _, _, _, "zones", var zone, "disks", _]) => ("disks.get", zone),
        ("DELETE", [_, _, _, _, "zones", var zone, "disks", _]) => ("disks.delete", zone),
        ("POST", [_, _, _, _, "zones", var zone, "instances", _, "stop"]) => ("instances.stop", zone),
        ("POST", [_, _, _, _, "zones", var zone, "instances", _, "start"]) => ("instances.start", zone),
        ("DELETE", [_, _, _, _, "zones", var zone, "instances", _]) => ("instances.delete", zone),
        ("POST", [_, _, _, _, "zones", var zone, "operations", _, "wait"]) => ("zoneOperations.wait", zone),
        ("POST", [_, _, _, _, "global", "operations", _, "wait"]) => ("globalOperations.wait", null),
        ("GET", [_, _, _, _, "global", "images", "family", _]) => ("images.getFromFamily", null),
        ("GET", [_, _, _, _, "global", "firewalls", _]) => ("firewalls.get", null),
        ("POST", [_, _, _, _, "global", "firewalls"]) => ("firewalls.insert", null),
        _ => ("unknown", null),
    };
}
