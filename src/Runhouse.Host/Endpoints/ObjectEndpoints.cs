using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Remote objects by their names.</summary>
internal sealed class ObjectEndpoints(NameRegistry names, WorkerConnections connections)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/objects/{name}/connect", ConnectAsync);
        routes.MapDelete("/v1/objects/{name}", DeleteAsync);
    }

    private Task ConnectAsync(HttpContext context)
    {
        NamedObject named = names.Get(NameOf(context));
        named.Worker.Touch();
        ConnectReply reply = connections.To(named.Worker, named.Worker.Deployment!) with { ObjectId = named.ObjectId, TypeName = named.TypeName };
        return JsonReply.WriteAsync(context, reply, ControlJson.Default.ConnectReply);
    }

    private Task DeleteAsync(HttpContext context)
    {
        names.Delete(NameOf(context));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    // Routing leaves %2F as it is in a path, so that a slash in a name does not end it.
    private static string NameOf(HttpContext context) =>
        ((string)context.Request.RouteValues["name"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
