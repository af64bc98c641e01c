using System.Text.Json.Nodes;

namespace Runhouse.Providers.Compute;

/// <summary>A request that the server refuses.</summary>
/// <param name="status">The status of HTTP.</param>
/// <param name="reason">The reason, <c>quotaExceeded</c>.</param>
/// <param name="message">The message.</param>
public sealed class ComputeRefusalException(int status, string reason, string message) : Exception(message)
{
    /// <summary>The status of HTTP.</summary>
    public int Status { get; } = status;

    /// <summary>The reason.</summary>
    public string Reason { get; } = reason;

    /// <summary>The reason as the newer API says it, in the details; null for none.</summary>
    public string? Detail { get; init; }

    /// <summary>After how many seconds to ask again; null for nothing said.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>There is no such thing.</summary>
    public static ComputeRefusalException NotFound(string path) => new(404, "notFound", $"The resource '{path}' was not found");

    /// <summary>There is one already.</summary>
    public static ComputeRefusalException AlreadyExists(string path) => new(409, "alreadyExists", $"The resource '{path}' already exists");

    /// <summary>The credentials do not allow it.</summary>
    public static ComputeRefusalException Denied(string permission, string path)
        => new(403, "forbidden", $"Required '{permission}' permission for '{path}'") { Detail = "IAM_PERMISSION_DENIED" };

    /// <summary>The body of the answer.</summary>
    public JsonObject ToJson()
    {
        var error = new JsonObject
        {
            ["code"] = Status,
            ["message"] = Message,
            ["errors"] = new JsonArray(new JsonObject { ["domain"] = "global", ["reason"] = Reason, ["message"] = Message }),
        };
        if (Detail is { } detail)
            error["details"] = new JsonArray(new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["reason"] = detail, ["domain"] = "compute.googleapis.com" });
        return new JsonObject { ["error"] = error };
    }
}
