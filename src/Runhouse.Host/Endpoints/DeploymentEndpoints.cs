using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Manifests, files, and the way to a deployment's worker.</summary>
internal sealed class DeploymentEndpoints(
    HostSettings settings, DeploymentStore deployments, FileStore files, WorkerPool workers, WorkerConnections connections, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/deployments", PostAsync);
        routes.MapPut("/v1/files/{hash}", PutFileAsync);
        routes.MapPost("/v1/deployments/{id}/connect", ConnectAsync);
    }

    private async Task PostAsync(HttpContext context)
    {
        DeploymentManifest manifest = await JsonRequest.ReadAsync(context, ControlJson.Default.DeploymentManifest, settings.MaxManifestBytes).ConfigureAwait(false);
        DeploymentReply reply = await deployments.PostAsync(manifest, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, reply, ControlJson.Default.DeploymentReply).ConfigureAwait(false);
    }

    private Task PutFileAsync(HttpContext context) => ContentRequest.PutAsync(context, files, settings.MaxFileBytes);

    private async Task ConnectAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        Deployment deployment = deployments.Find(id)
            ?? throw HostRefusal.NotFound($"This host has no deployment '{(id.Length > 64 ? id[..64] : id)}' in full. Post its manifest to /v1/deployments and upload what is missing.");
        WorkerDemand demand = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            ? WorkerDemand.Read(await JsonRequest.ReadAsync(context, ControlJson.Default.WorkerRequest, settings.MaxManifestBytes).ConfigureAwait(false), settings)
            : WorkerDemand.None;
        Worker worker = await ConnectAsync(deployment, demand, context.RequestAborted).ConfigureAwait(false);
        deployments.Use(deployment.Id);
        await JsonReply.WriteAsync(context, connections.To(worker, deployment, CallerName.Of(context)), ControlJson.Default.ConnectReply).ConfigureAwait(false);
    }

    private async Task<Worker> ConnectAsync(Deployment deployment, WorkerDemand demand, CancellationToken aborted)
    {
        if (demand.Needs == Resources.None)
            return await workers.ConnectAsync(deployment, demand, aborted).ConfigureAwait(false);

        // Who waits for capacity holds up no host that stops.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            return await workers.ConnectAsync(deployment, demand, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
    }
}
