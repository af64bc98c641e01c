using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Files;

/// <summary>What a host is asked about folders (<c>/v1/folders</c>).</summary>
internal static class FolderRequests
{
    private const string Brotli = "br";

    public static Task<FolderReply> PostFolderAsync(this HostClient host, FolderManifest manifest, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post, "v1/folders", JsonContent.Create(manifest, ControlJson.Default.FolderManifest), ControlJson.Default.FolderReply, HostClient.AsLongAsItAnswers, cancellationToken);

    public static Task<FolderListing> ListFolderAsync(this HostClient host, FolderQuery query, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post, "v1/folders/list", JsonContent.Create(query, ControlJson.Default.FolderQuery), ControlJson.Default.FolderListing, HostClient.AsLongAsItAnswers, cancellationToken);

    public static Task PutContentAsync(this HostClient host, string hash, HttpContent content, CancellationToken cancellationToken) => host.SendAsync<FolderReply>(
        HttpMethod.Put, $"v1/folders/contents/{hash}", content, answer: null, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Opens a file of the host.</summary>
    /// <exception cref="RemoteNotFoundException">There is none.</exception>
    public static async Task<Stream> OpenFileAsync(this HostClient host, string path, bool isCompressed, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/folders/file?path={Uri.EscapeDataString(path)}");
        if (isCompressed)
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(Brotli));
        HttpResponseMessage response = await host.SendAsync(request, HostClient.AsLongAsItAnswers, cancellationToken).ConfigureAwait(false);
        ReceivedStream stream = await ReceivedStream.OpenAsync(host.Address, response, cancellationToken).ConfigureAwait(false);
        return response.Content.Headers.ContentEncoding.Contains(Brotli) ? new BrotliStream(stream, CompressionMode.Decompress) : stream;
    }
}
