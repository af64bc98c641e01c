using System.Globalization;
using Runhouse.Host.Calls;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Host.Schedules;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The host itself: health, status, staying up, stop.</summary>
internal sealed class HostEndpoints(
    HostIdentity identity,
    HostSettings settings,
    DeploymentStore deployments,
    CurrentVersions versions,
    WorkerPool workers,
    NameRegistry names,
    Accelerators accelerators,
    DetachedCalls calls,
    ScheduleBook schedules,
    ScheduledCalls scheduled,
    IdleWatch idle,
    IHostApplicationLifetime lifetime,
    TimeProvider time)
{
    private const double LongestKeptSeconds = 366 * 24 * 3600.0;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", static context => context.Response.WriteAsync("ok\n"));
        routes.MapGet("/readyz", ReadyAsync);
        routes.MapGet("/v1/status", StatusAsync);
        routes.MapPost("/v1/keep-warm", KeepWarmAsync);
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
            idle.End();
            lifetime.StopApplication();
            return Task.CompletedTask;
        });
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    private Task KeepWarmAsync(HttpContext context)
    {
        if (!double.TryParse(context.Request.Query["seconds"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || !(seconds <= LongestKeptSeconds))
            throw HostRefusal.Invalid("'seconds' is for how long to keep the host up: a number from 0 to 31622400 (a year).");
        idle.Keep(TimeSpan.FromSeconds(seconds));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task StatusAsync(HttpContext context)
    {
        IReadOnlyList<AcceleratorStatus> devices = await accelerators.ReadAsync(context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, Status(workers.WithHolders(devices)), ControlJson.Default.HostStatus).ConfigureAwait(false);
    }

    private HostStatus Status(IReadOnlyList<AcceleratorStatus> devices) => new()
    {
        Host = identity.Name,
        HostId = identity.Id,
        Version = identity.Version,
        ProcessId = Environment.ProcessId,
        StartedAt = identity.StartedAt,
        Deployments =
        [
            .. deployments.All().Select(deployment => new DeploymentStatus(
                deployment.Id,
                deployment.Manifest.Application,
                deployment.Manifest.Files.Count,
                deployment.Manifest.Files.Sum(static file => file.Size))
            {
                UsedAt = deployments.UsedAt(deployment.Id),
                IsCurrent = versions.Of(deployment.Manifest.Application).Current == deployment.Id,
                IsPrevious = versions.Of(deployment.Manifest.Application).Previous == deployment.Id,
            }),
        ],
        Workers = workers.Status(),
        Waiting = workers.Waiting,
        Objects = names.Status(),
        Schedules = scheduled.Status(),
        Machine = MachineReading.Read(settings.Home, devices),
        KeptUntil = idle.KeptUntil,
        StopsAt = settings.IdleTimeout is { } timeout && !workers.HasWork && !calls.HasWork && !schedules.KeepsUp && names.IsEmpty && idle.KeptUntil is null
            ? time.GetUtcNow() + idle.Left(timeout)
            : null,
    };
}
