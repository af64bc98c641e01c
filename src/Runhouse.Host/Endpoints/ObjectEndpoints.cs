using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Remote objects by their names.</summary>
internal sealed class ObjectEndpoints(NameRegistry names, WorkerConnections connections)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/objects/connect", ConnectAsync);
        routes.MapDelete("/v1/objects", DeleteAsync);
    }

    private Task ConnectAsync(HttpContext context)
    {
        NamedObject named = names.Get(NameOf(context));
        ConnectReply reply = connections.By(named.Worker.GiveTicket(CallerName.Of(context)), named.Worker.Deployment!) with { ObjectId = named.ObjectId, TypeName = named.TypeName };
        return JsonReply.WriteAsync(context, reply, ControlJson.Default.ConnectReply);
    }

    private Task DeleteAsync(HttpContext context)
    {
        names.Delete(NameOf(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    // In the query: a path changes names with slashes, percent signs or dots on its way.
    private static string NameOf(HttpContext context) => context.Request.Query["name"] is [{ Length: > 0 } name]
        ? name
        : throw HostRefusal.Invalid("An object is named by ?name=NAME, once.");
}
