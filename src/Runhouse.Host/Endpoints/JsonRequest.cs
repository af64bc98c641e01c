using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Endpoints;

/// <summary>Reads what a request says in JSON.</summary>
internal static class JsonRequest
{
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, long maxBytes)
        where T : class
    {
        ContentRequest.LimitBody(context, maxBytes);
        return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
            ?? throw HostRefusal.Invalid($"The body is null where a {typeof(T).Name} is expected.");
    }
}
