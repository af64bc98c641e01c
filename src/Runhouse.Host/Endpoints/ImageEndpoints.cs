using System.Text.Json;
using Runhouse.Host.Commands;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>Images for this machine.</summary>
internal sealed class ImageEndpoints(HostSettings settings, ImageBuilds builds, ImageEnvironments environments, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/images", ApplyAsync);
        routes.MapGet("/v1/images/environment", GetEnvironmentAsync);
    }

    // In the query, as names of objects are.
    private Task GetEnvironmentAsync(HttpContext context)
    {
        string name = context.Request.Query["name"] is [{ Length: > 0 } one] ? one : throw HostRefusal.Invalid("An image is named by ?name=NAME, once.");
        return JsonReply.WriteAsync(context, new ImageEnvironmentReply(environments.GetLatest(name).Id), ControlJson.Default.ImageEnvironmentReply);
    }

    private async Task ApplyAsync(HttpContext context)
    {
        ImageManifest image = await JsonSerializer
            .DeserializeAsync(context.Request.Body, ControlJson.Default.ImageManifest, context.RequestAborted).ConfigureAwait(false)
            ?? throw HostRefusal.Invalid("The body is null where an image is expected.");
        ImageCheck.Check(image, settings);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        FrameReply reply = FrameReply.Begin(context, time);
        await using (reply.ConfigureAwait(false))
        {
            try
            {
                await builds.ApplyAsync(image, reply, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // An answer without its end says that the image is not applied.
                context.Abort();
            }
        }
    }
}
