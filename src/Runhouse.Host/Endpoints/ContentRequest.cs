using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Endpoints;

/// <summary>Takes in contents that are sent as the bodies of requests.</summary>
internal static class ContentRequest
{
    /// <summary>Takes a file in under the hash that the route names.</summary>
    public static async Task PutAsync(HttpContext context, FileStore files, long maxBytes)
    {
        string hash = (string)context.Request.RouteValues["hash"]!;
        if (!ContentHash.IsHash(hash))
            throw HostRefusal.Invalid($"A file is uploaded under its SHA-256 in lower-case hexadecimal: PUT {context.Request.Path.Value![..^hash.Length]}{{sha256}}.");

        string? encoding = context.Request.Headers.ContentEncoding;
        if (encoding is not (null or "" or "identity" or "br"))
            throw HostRefusal.Invalid("This host takes Content-Encoding br, or none.");

        LimitBody(context, maxBytes);
        await files.PutAsync(hash, context.Request.Body, encoding == "br", context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static void LimitBody(HttpContext context, long bytes) =>
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = bytes;
}
