using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The host itself: health, status, stop.</summary>
internal sealed class HostEndpoints(
    HostIdentity identity, DeploymentStore deployments, WorkerPool workers, NameRegistry names, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static context => context.Response.WriteAsync("ok\n"));
        routes.MapGet("/readyz", ReadyAsync);
        routes.MapGet("/v1/status", context => JsonReply.WriteAsync(context, Status(), ControlJson.Default.HostStatus));
        routes.MapPost("/v1/stop", StopAsync);
    }

    private Task ReadyAsync(HttpContext context)
    {
        bool stopping = lifetime.ApplicationStopping.IsCancellationRequested;
        context.Response.StatusCode = stopping ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return context.Response.WriteAsync(stopping ? "stopping\n" : "ready\n");
    }

    private Task StopAsync(HttpContext context)
    {
        // After the answer: a host that stops closes its connections.
        context.Response.OnCompleted(() =>
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        });
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    private HostStatus Status() => new()
    {
        Host = identity.Name,
        HostId = identity.Id,
        Version = identity.Version,
        ProcessId = Environment.ProcessId,
        StartedAt = identity.StartedAt,
        Deployments =
        [
            .. deployments.All().Select(static deployment => new DeploymentStatus(
                deployment.Id,
                deployment.Manifest.Application,
                deployment.Manifest.Files.Count,
                deployment.Manifest.Files.Sum(static file => file.Size))),
        ],
        Workers = workers.Status(),
        Objects = names.Status(),
    };
}
