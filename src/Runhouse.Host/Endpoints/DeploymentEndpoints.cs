using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Manifests, files, and the way to a deployment's worker.</summary>
internal sealed class DeploymentEndpoints(
    HostSettings settings, DeploymentStore deployments, CurrentVersions versions, FileStore files, WorkerPool workers, WorkerConnections connections,
    IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/deployments", PostAsync);
        routes.MapPut("/v1/files/{hash}", PutFileAsync);
        routes.MapPost("/v1/deployments/{id}/connect", ConnectAsync);
        routes.MapPost("/v1/deployments/{id}/current", MakeCurrentAsync);
        routes.MapDelete("/v1/applications/{name}", WithdrawAsync);
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
        (Deployment deployment, WorkerTicket ticket) = await StartAsync(context).ConfigureAwait(false);
        versions.Add(deployment);
        await ReplyAsync(context, ticket, deployment).ConfigureAwait(false);
    }

    // It is started first: one that does not start leaves the current one in its place.
    private async Task MakeCurrentAsync(HttpContext context)
    {
        (Deployment deployment, WorkerTicket ticket) = await StartAsync(context).ConfigureAwait(false);
        versions.MakeCurrent(deployment, context.Request.Query["instead"] is [{ Length: > 0 } expected] ? expected : null);
        await ReplyAsync(context, ticket, deployment).ConfigureAwait(false);
    }

    private Task WithdrawAsync(HttpContext context)
    {
        string application = (string)context.Request.RouteValues["name"]!;
        versions.Withdraw(application);
        workers.Supersede(application);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task<(Deployment Deployment, WorkerTicket Ticket)> StartAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        Deployment deployment = deployments.Use(id)
            ?? throw HostRefusal.NotFound($"This host has no deployment '{(id.Length > 64 ? id[..64] : id)}' in full. Post its manifest to /v1/deployments and upload what is missing.");
        WorkerDemand demand = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            ? WorkerDemand.Read(await JsonRequest.ReadAsync(context, ControlJson.Default.WorkerRequest, settings.MaxManifestBytes).ConfigureAwait(false), settings)
            : WorkerDemand.None;
        return (deployment, await ConnectAsync(deployment, demand, CallerName.Of(context), context.RequestAborted).ConfigureAwait(false));
    }

    private async Task<WorkerTicket> ConnectAsync(Deployment deployment, WorkerDemand demand, string caller, CancellationToken aborted)
    {
        if (demand.Needs == Resources.None)
            return await workers.ConnectAsync(deployment, demand, caller, aborted).ConfigureAwait(false);

        // Who waits for capacity holds up no host that stops.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            return await workers.ConnectAsync(deployment, demand, caller, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
    }

    private Task ReplyAsync(HttpContext context, WorkerTicket ticket, Deployment deployment)
        => JsonReply.WriteAsync(context, connections.By(ticket, deployment), ControlJson.Default.ConnectReply);
}
