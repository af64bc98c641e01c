using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Objects;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Remote objects by their names.</summary>
internal sealed class ObjectEndpoints(
    NameRegistry names, ObjectPlacement placement, ObjectTransfer transfer, DeploymentStore deployments, WorkerConnections connections, HostSettings settings)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/objects/connect", ConnectAsync);
        routes.MapDelete("/v1/objects", DeleteAsync);
        routes.MapGet("/v1/objects/kept", GiveAsync);
        routes.MapPut("/v1/objects/kept", TakeAsync);
    }

    private async Task ConnectAsync(HttpContext context)
    {
        NamedObject named = await placement.FindAsync(NameOf(context), await CallerOfAsync(context).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
        ConnectReply reply = connections.By(named.Worker!.GiveTicket(CallerName.Of(context)), named.Worker.Deployment!) with { ObjectId = named.ObjectId, TypeName = named.TypeName };
        await JsonReply.WriteAsync(context, reply, ControlJson.Default.ConnectReply).ConfigureAwait(false);
    }

    private async Task<ObjectCaller> CallerOfAsync(HttpContext context)
    {
        if (context.Request.Query["deployment"] is not [{ Length: > 0 } id])
            return ObjectCaller.Tool;
        Deployment build = deployments.Use(id) ?? throw new HostRefusal(
            StatusCodes.Status404NotFound,
            HostErrorCode.NoDeployment,
            $"This host has no deployment '{(id.Length > 64 ? id[..64] : id)}' in full. Post its manifest to /v1/deployments and upload what is missing.");
        WorkerDemand demand = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
            ? WorkerDemand.Read(await JsonRequest.ReadAsync(context, ControlJson.Default.WorkerRequest, settings.MaxManifestBytes).ConfigureAwait(false), settings)
            : WorkerDemand.None;
        return new ObjectCaller(build, demand);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        string name = NameOf(context);
        ulong? objectId = context.Request.Query["object"] is [{ } text]
            ? ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id) ? id : throw HostRefusal.Invalid("'object' is the object's id: a whole number.")
            : null;

        // The store is written, for which the thread that has read the request has no time.
        await Task.Run(() => names.Delete(name, objectId)).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task GiveAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("name"))
        {
            string name = NameOf(context);
            TransferredObject kept = await Task.Run(() => transfer.GetAsync(name, context.RequestAborted)).ConfigureAwait(false);
            await JsonReply.WriteAsync(context, kept, ControlJson.Default.TransferredObject).ConfigureAwait(false);
            return;
        }

        await JsonReply.WriteAsync(context, transfer.List(), ControlJson.Default.KeptObjectList).ConfigureAwait(false);
    }

    private async Task TakeAsync(HttpContext context)
    {
        // What is kept of an object travels as base64, its construction beside its state.
        TransferredObject kept = await JsonRequest.ReadAsync(context, ControlJson.Default.TransferredObject, settings.MaxManifestBytes + (4L * settings.Limits.MaxStateBytes)).ConfigureAwait(false);
        await Task.Run(() => transfer.Take(kept)).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // In the query: a path changes names with slashes, percent signs or dots on its way.
    private static string NameOf(HttpContext context) => context.Request.Query["name"] is [{ Length: > 0 } name]
        ? name
        : throw HostRefusal.Invalid("An object is named by ?name=NAME, once.");
}
