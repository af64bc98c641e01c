using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Runhouse.Host.Hosting;
using Runhouse.Host.Values;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Values by their keys. Keys are in the query: a path changes keys with slashes, percent signs or dots on its way.</summary>
internal sealed class ValueEndpoints(HostSettings settings, ValueStore values)
{
    // A value may be computed while it is sent, and the sender pause meanwhile; one that has gone in silence must not keep its draft forever.
    private static readonly MinDataRate Patience = new(bytesPerSecond: 1, TimeSpan.FromMinutes(10));

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/v1/values", Aside.From(PutAsync));
        routes.MapGet("/v1/values", Aside.From(GetAsync));
        routes.MapDelete("/v1/values", Aside.From(DeleteAsync));
        routes.MapGet("/v1/values/list", Aside.From(ListAsync));
        routes.MapPost("/v1/values/rename", Aside.From(RenameAsync));
    }

    private async Task PutAsync(HttpContext context)
    {
        string key = Parameter(context, "key");
        ContentRequest.LimitBody(context, settings.MaxTransferBytes);
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = Patience;
        string contentType = context.Request.ContentType ?? ContentReply.Unknown;
        ValueStatus status = await values.PutAsync(key, contentType, context.Request.Body, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, status, ControlJson.Default.ValueStatus).ConfigureAwait(false);
    }

    private async Task GetAsync(HttpContext context)
    {
        FileStream file = values.OpenRead(Parameter(context, "key"), out ValueStatus status);
        await using (file.ConfigureAwait(false))
        {
            context.Response.ContentType = status.ContentType;
            context.Response.Headers.LastModified = status.ModifiedAt.ToString("R");
            await ContentReply.WriteAsync(context, file).ConfigureAwait(false);
        }
    }

    private Task DeleteAsync(HttpContext context)
    {
        int deleted;
        if (context.Request.Query.ContainsKey("key"))
        {
            values.Delete(Parameter(context, "key"));
            deleted = 1;
        }
        else if (context.Request.Query["all"] == "true")
        {
            deleted = values.DeleteAll();
        }
        else
        {
            throw HostRefusal.Transfer("Say which value is to be deleted (?key=KEY), or that all are (?all=true).");
        }

        return JsonReply.WriteAsync(context, new ValueDeletion(deleted), ControlJson.Default.ValueDeletion);
    }

    private Task ListAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, new ValueListing(values.List(context.Request.Query["prefix"].ToString())), ControlJson.Default.ValueListing);

    private Task RenameAsync(HttpContext context)
    {
        ValueStatus status = values.Rename(Parameter(context, "from"), Parameter(context, "to"), context.Request.Query["overwrite"] == "true");
        return JsonReply.WriteAsync(context, status, ControlJson.Default.ValueStatus);
    }

    private static string Parameter(HttpContext context, string name) => context.Request.Query[name] is [{ } value]
        ? value
        : throw HostRefusal.Invalid($"A value's key is given by ?{name}=KEY, once.");
}
