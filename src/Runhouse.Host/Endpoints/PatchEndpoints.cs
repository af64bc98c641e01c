using System.Globalization;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Schedules;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Changes the code of live workers, and tells which deployment that makes of them.</summary>
internal sealed class PatchEndpoints(HostSettings settings, DeploymentStore deployments, CurrentVersions versions, WorkerPool workers, ScheduleBook schedules)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/deployments/{id}/patches", PatchAsync);
        routes.MapPost("/v1/deployments/{id}/adopt", AdoptAsync);
    }

    private async Task PatchAsync(HttpContext context)
    {
        CodePatch patch = await JsonRequest.ReadAsync(context, ControlJson.Default.CodePatch, settings.MaxManifestBytes).ConfigureAwait(false);
        IReadOnlyList<Worker> serving = workers.Of((string)context.Request.RouteValues["id"]!);
        PatchedWorker[] patched = await Task.WhenAll(serving.Select(
            async worker => new PatchedWorker(worker.Id, await worker.PatchAsync(patch, context.RequestAborted).ConfigureAwait(false)))).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, new PatchReply(patched), ControlJson.Default.PatchReply).ConfigureAwait(false);
    }

    private async Task AdoptAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        if (context.Request.Query["workers-of"] is not [{ Length: > 0 } former]
            || !int.TryParse(context.Request.Query["patches"], NumberStyles.None, CultureInfo.InvariantCulture, out int patches))
        {
            throw HostRefusal.Invalid("'workers-of' is the id of the deployment that the workers count as, and 'patches' the number of patches that they have.");
        }

        Deployment deployment = deployments.Use(id) ?? throw HostRefusal.NotFound("This host does not have the deployment in full. Post its manifest to /v1/deployments and upload what is missing.");
        IReadOnlyList<Worker> adopted = workers.Adopt(former, deployment, patches);

        // Bodies alone are different: what they declare was accepted before, of the deployment that they were.
        if (adopted.Count > 0 && schedules.Declare(deployment, adopted[0]) is { } refusal)
            throw refusal;
        if (adopted.Count > 0)
            versions.MakeCurrent(deployment, instead: null);
        await JsonReply.WriteAsync(context, new AdoptReply([.. adopted.Select(static one => one.Id)]), ControlJson.Default.AdoptReply).ConfigureAwait(false);
    }
}
