using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Schedules;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Changes the code of live workers, and tells which deployment that makes of them.</summary>
internal sealed class PatchEndpoints(HostSettings settings, DeploymentStore deployments, CurrentVersions versions, WorkerPool workers, NameRegistry names, ScheduleBook schedules)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/deployments/{id}/patches", PatchAsync);
        routes.MapPost("/v1/deployments/{id}/adopt", AdoptAsync);
    }

    private async Task PatchAsync(HttpContext context)
    {
        CodePatch patch = await JsonRequest.ReadAsync(context, ControlJson.Default.CodePatch, settings.MaxManifestBytes).ConfigureAwait(false);
        string changes = ChangesIn(context);
        IReadOnlyList<Worker> serving = workers.With((string)context.Request.RouteValues["id"]!, changes);
        PatchedWorker[] patched = await Task.WhenAll(serving.Select(
            async worker => new PatchedWorker(worker.Id, await worker.PatchAsync(changes, patch, context.RequestAborted).ConfigureAwait(false)))).ConfigureAwait(false);
        var reply = new PatchReply(patched, Worker.ChangesBy(changes, patch)) { LeftBehind = names.HeldBesides(serving) };
        await JsonReply.WriteAsync(context, reply, ControlJson.Default.PatchReply).ConfigureAwait(false);
    }

    private async Task AdoptAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        if (context.Request.Query["workers-of"] is not [{ Length: > 0 } former])
            throw HostRefusal.Invalid("'workers-of' is the id of the deployment that the workers count as.");

        Deployment deployment = deployments.Use(id) ?? throw HostRefusal.NotFound("This host does not have the deployment in full. Post its manifest to /v1/deployments and upload what is missing.");
        IReadOnlyList<Worker> adopted = workers.Adopt(former, deployment, ChangesIn(context));

        // Bodies alone are different: what they declare was accepted before, of the deployment that they were.
        if (adopted.Count > 0 && schedules.Declare(deployment, adopted[0]) is { } refusal)
            throw refusal;
        if (adopted.Count > 0)
            versions.MakeCurrent(deployment, instead: null);
        await JsonReply.WriteAsync(context, new AdoptReply([.. adopted.Select(static one => one.Id)]), ControlJson.Default.AdoptReply).ConfigureAwait(false);
    }

    private static string ChangesIn(HttpContext context) => context.Request.Query["changes"] is [{ } changes]
        ? changes
        : throw HostRefusal.Invalid("'changes' is what was changed so far in the workers that are meant, as the answers to the last patch and to 'connect' say it; empty for nothing.");
}
