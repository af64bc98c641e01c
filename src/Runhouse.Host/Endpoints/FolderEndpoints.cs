using System.IO.Compression;
using Runhouse.Host.Folders;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Endpoints;

/// <summary>The user's folders on this machine: brought up to date, listed, and read.</summary>
internal sealed class FolderEndpoints(HostSettings settings, FolderStore folders)
{
    private const string Brotli = "br";
    private const int BufferBytes = 128 << 10;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/folders", Aside.From(PostAsync));
        routes.MapPost("/v1/folders/list", Aside.From(ListAsync));
        routes.MapPut("/v1/folders/contents/{hash}", Aside.From(context => ContentRequest.PutAsync(context, folders.Staged, settings.MaxTransferBytes)));
        routes.MapGet("/v1/folders/file", Aside.From(GetFileAsync));
    }

    private async Task PostAsync(HttpContext context)
    {
        FolderManifest manifest = await JsonRequest.ReadAsync(context, ControlJson.Default.FolderManifest, settings.MaxFolderManifestBytes).ConfigureAwait(false);
        FolderReply reply = await folders.PostAsync(manifest, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, reply, ControlJson.Default.FolderReply).ConfigureAwait(false);
    }

    private async Task ListAsync(HttpContext context)
    {
        FolderQuery query = await JsonRequest.ReadAsync(context, ControlJson.Default.FolderQuery, settings.MaxFolderManifestBytes).ConfigureAwait(false);
        FolderListing listing = await folders.ListAsync(query, context.RequestAborted).ConfigureAwait(false);
        await JsonReply.WriteAsync(context, listing, ControlJson.Default.FolderListing).ConfigureAwait(false);
    }

    private async Task GetFileAsync(HttpContext context)
    {
        FileStream file = folders.OpenRead(context.Request.Query["path"]);
        await using (file.ConfigureAwait(false))
        {
            context.Response.ContentType = ContentReply.Unknown;
            context.Response.Headers.Vary = "Accept-Encoding";
            if (context.Request.Headers.AcceptEncoding != Brotli)
            {
                await ContentReply.WriteAsync(context, file).ConfigureAwait(false);
                return;
            }

            context.Response.Headers.ContentEncoding = Brotli;
            var compressed = new BrotliStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await using (compressed.ConfigureAwait(false))
                await file.CopyToAsync(compressed, BufferBytes, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
