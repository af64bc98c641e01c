using System.Globalization;
using Runhouse.Host.Hosting;
using Runhouse.Host.Relay;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>A worker's fate, and the ways back and through to it.</summary>
internal sealed class WorkerEndpoints(WorkerPool workers, WorkerConnections connections, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/workers/{id}", GetAsync);
        routes.MapDelete("/v1/workers/{id}", KillAsync);
        routes.MapPost("/v1/workers/{id}/connect", ConnectAsync);
        routes.MapGet("/v1/workers/{id}/relay", RelayAsync);
    }

    private async Task GetAsync(HttpContext context)
    {
        Worker worker = Find(context);
        string? wait = context.Request.Query["wait"];
        if (wait is not null)
        {
            if (!double.TryParse(wait, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || !double.IsFinite(seconds))
                throw HostRefusal.Invalid("'wait' is a number of seconds, up to 60.");
            await WaitForEndAsync(worker, TimeSpan.FromSeconds(Math.Min(seconds, LongestWait.TotalSeconds)), context.RequestAborted).ConfigureAwait(false);
        }

        await JsonReply.WriteAsync(context, worker.Status(), ControlJson.Default.WorkerStatus).ConfigureAwait(false);
    }

    private async Task KillAsync(HttpContext context)
    {
        await workers.KillAsync(Find(context).Id).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private Task ConnectAsync(HttpContext context)
    {
        Worker worker = Find(context);
        if (worker is not { State: WorkerState.Serving or WorkerState.Draining, Deployment: { } deployment })
        {
            throw new HostRefusal(
                StatusCodes.Status503ServiceUnavailable,
                HostErrorCode.WorkerGone,
                $"Worker {worker.Id} ({worker.State}) takes no connections. Connect to the deployment again; GET /v1/workers/{worker.Id} says how the worker ended.");
        }

        return JsonReply.WriteAsync(context, connections.By(worker.GiveTicket(CallerName.Of(context)), deployment), ControlJson.Default.ConnectReply);
    }

    private async Task WaitForEndAsync(Worker worker, TimeSpan wait, CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            await worker.Ended.WaitAsync(wait, time, ending.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The answer says that it still runs.
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
    }

    private Task RelayAsync(HttpContext context) => WorkerRelay.RunAsync(context, Find(context), lifetime.ApplicationStopping);

    private Worker Find(HttpContext context) => workers.Get((string)context.Request.RouteValues["id"]!);
}
