using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Runtime.Clusters;

/// <summary>
/// Opens connections to workers through the host's port. HTTP makes the way, over a connection that is opened here: behind the upgrade its
/// socket is the caller's, and read like that of a worker on this machine.
/// </summary>
internal sealed class RelayClient : IDisposable
{
    private const string ProtocolName = "runhouse";
    private const string ProtocolVersion = "1";

    private static readonly HttpRequestOptionsKey<Opened> OpenedKey = new("runhouse.relay");

    private readonly HttpClient _http;
    private readonly HostAddress _address;
    private readonly bool _isSecure;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="address">Where the host listens.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    public RelayClient(HostAddress address, TimeSpan connectTimeout)
    {
        _address = address;
        _isSecure = address.Uri.Scheme == Uri.UriSchemeHttps;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connectTimeout,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            UseProxy = false,

            // Each way is a connection of its own.
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = ConnectAsync,
        };

        // TLS is spoken below it, where the stream is at hand afterwards.
        Uri plain = new UriBuilder(address.Uri) { Scheme = Uri.UriSchemeHttp }.Uri;
        _http = new HttpClient(handler) { BaseAddress = plain, Timeout = connectTimeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", address.Token);
    }

    /// <summary>Opens a connection to a worker.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The frames' transport; disposing it closes the connection.</returns>
    public async Task<IDuplexPipe> OpenAsync(string worker, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/workers/{worker}/relay");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue(ProtocolName, ProtocolVersion));
        var opened = new Opened();
        request.Options.Set(OpenedKey, opened);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw HostErrors.Unreachable(_address, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw HostErrors.Unreachable(_address, e);
        }

        // Nothing of the frames has come with the answer: a worker says nothing before the caller has.
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
            return opened.Secure is { } secure ? new SecureTransport(secure, opened.Socket!) : opened.Socket!.Detach();
        using (response)
            throw await HostErrors.FromResponseAsync(_address, request, response, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        context.InitialRequestMessage.Options.TryGetValue(OpenedKey, out Opened? opened);
        SocketStream socket = await SocketStream.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
        opened!.Socket = socket;
        if (!_isSecure)
            return socket;
        var secure = new SslStream(socket);
        try
        {
            await secure.AuthenticateAsClientAsync(_address.TlsOptions(context.DnsEndPoint.Host), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return opened.Secure = secure;
    }

    /// <summary>The connection that a request has opened.</summary>
    private sealed class Opened
    {
        public SocketStream? Socket { get; set; }

        public SslStream? Secure { get; set; }
    }
}
