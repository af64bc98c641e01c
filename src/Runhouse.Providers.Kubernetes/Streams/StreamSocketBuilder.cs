using System.Net.WebSockets;
using k8s;

namespace Runhouse.Providers.Kubernetes.Streams;

/// <summary>Opens the API's streams; one that is refused says with which status.</summary>
internal sealed class StreamSocketBuilder : WebSocketBuilder
{
    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">The API refuses it.</exception>
    public override async Task<WebSocket> BuildAndConnectAsync(Uri uri, CancellationToken cancellationToken)
    {
        Options.CollectHttpResponseDetails = true;
        try
        {
            return await base.BuildAndConnectAsync(uri, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException e) when (WebSocket.HttpStatusCode != 0)
        {
            throw new HttpRequestException($"it answered {(int)WebSocket.HttpStatusCode} ({WebSocket.HttpStatusCode})", e, WebSocket.HttpStatusCode);
        }
    }
}
