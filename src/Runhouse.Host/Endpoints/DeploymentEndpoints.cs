using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Manifests, files, and the way to a deployment's worker.</summary>
internal sealed class DeploymentEndpoints(
    HostSettings settings, DeploymentStore deployments, FileStore files, WorkerPool workers, WorkerConnections connections)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/deployments", PostAsync);
        routes.MapPut("/v1/files/{hash}", PutFileAsync);
        routes.MapPost("/v1/deployments/{id}/connect", ConnectAsync);
    }

    private async Task PostAsync(HttpContext context)
    {
        LimitBody(context, settings.MaxManifestBytes);
        DeploymentManifest manifest = await JsonSerializer
            .DeserializeAsync(context.Request.Body, ControlJson.Default.DeploymentManifest, context.RequestAborted).ConfigureAwait(false)
            ?? throw HostRefusal.Invalid("The body is null where a manifest is expected.");
        DeploymentReply reply = await deployments.PostAsync(manifest, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, reply, ControlJson.Default.DeploymentReply).ConfigureAwait(false);
    }

    private async Task PutFileAsync(HttpContext context)
    {
        string hash = (string)context.Request.RouteValues["hash"]!;
        if (!FileStore.IsHash(hash))
            throw HostRefusal.Invalid("A file is uploaded under its SHA-256 in lower-case hexadecimal: PUT /v1/files/{sha256}.");

        string? encoding = context.Request.Headers.ContentEncoding;
        if (encoding is not (null or "" or "identity" or "br"))
            throw HostRefusal.Invalid("This host takes Content-Encoding br, or none.");

        LimitBody(context, settings.MaxFileBytes);
        await files.PutAsync(hash, context.Request.Body, encoding == "br", context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ConnectAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        Deployment deployment = deployments.Find(id)
            ?? throw HostRefusal.NotFound($"This host has no deployment '{(id.Length > 64 ? id[..64] : id)}' in full. Post its manifest to /v1/deployments and upload what is missing.");
        string? environment = context.Request.Query["environment"] is [{ Length: > 0 } named] ? named : null;
        Worker worker = await workers.ConnectAsync(deployment, environment, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, connections.To(worker, deployment), ControlJson.Default.ConnectReply).ConfigureAwait(false);
    }

    private static void LimitBody(HttpContext context, long bytes) =>
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = bytes;
}
