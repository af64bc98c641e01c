using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Writes answers and refusals as one line of JSON.</summary>
internal static class JsonReply
{
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    public static Task RefuseAsync(HttpContext context, HostRefusal refusal) =>
        WriteAsync(context, new HostError(refusal.Code, refusal.Message) { Worker = refusal.Worker }, ControlJson.Default.HostError, refusal.Status);
}
