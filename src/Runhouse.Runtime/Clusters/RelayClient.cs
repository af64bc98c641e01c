using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Runtime.Clusters;

/// <summary>
/// Opens one connection to a worker through the host's port. With TLS its handshake may already be the worker's; else HTTP makes the way, over a connection that is opened
/// here: behind the upgrade its socket is the caller's, and read like that of a worker on this machine. No proxy is asked.
/// </summary>
/// <param name="address">Where the host listens.</param>
internal sealed class RelayClient(HostAddress address)
{
    private const string ProtocolName = "runhouse";
    private const string ProtocolVersion = "1";

    private readonly bool _isSecure = address.Uri.Scheme == Uri.UriSchemeHttps;
    private SocketStream? _socket;
    private SslStream? _secure;
    private bool _isUsed;

    /// <summary>Opens the connection; once.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cancellationToken">Stops waiting; the only limit of time.</param>
    /// <returns>The frames' transport; disposing it closes the connection.</returns>
    public async Task<IDuplexPipe> OpenAsync(string worker, CancellationToken cancellationToken)
    {
        bool isOpen = false;
        try
        {
            IDuplexPipe transport = await TryReachAsync(worker, cancellationToken).ConfigureAwait(false)
                ?? await UpgradeAsync(worker, cancellationToken).ConfigureAwait(false);
            isOpen = true;
            return transport;
        }
        catch (HttpRequestException e)
        {
            throw HostErrors.Unreachable(address, e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or RemoteException))
        {
            throw HostErrors.Unreachable(address, new HttpRequestException(e.Message, e));
        }
        finally
        {
            if (!isOpen)
                Close();
        }
    }

    /// <summary>Connects, and has the worker itself make the handshake; null where the host has made it, or there is none.</summary>
    private async Task<SecureTransport?> TryReachAsync(string worker, CancellationToken cancellationToken)
    {
        SslApplicationProtocol frames = WorkerProtocol.Of(worker);
        try
        {
            await ConnectAsync(frames, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (_isSecure && e is IOException or AuthenticationException && OtherCertificateException.CauseOf(e) is null)
        {
            // A worker that has just ended, or that cannot: the host says which, or carries.
            Close();
            await ConnectAsync(offered: null, cancellationToken).ConfigureAwait(false);
        }

        return _secure?.NegotiatedApplicationProtocol == frames ? new SecureTransport(_secure, _socket!) : null;
    }

    private async Task<IDuplexPipe> UpgradeAsync(string worker, CancellationToken cancellationToken)
    {
        // Of its own, with all that it opens: an answer that came over another attempt's connection would be taken for this one's.
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            UseProxy = false,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = (_, stop) => UseAsync(stop),
        };

        // TLS is spoken below HTTP, where the stream is at hand afterwards.
        Uri plain = new UriBuilder(address.Uri) { Scheme = Uri.UriSchemeHttp }.Uri;
        var http = new HttpClient(handler) { BaseAddress = plain, Timeout = Timeout.InfiniteTimeSpan };
        bool isOpen = false;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/workers/{worker}/relay");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", address.Token);
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new ProductHeaderValue(ProtocolName, ProtocolVersion));
            HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);

            // Nothing of the frames has come with the answer: a worker says nothing before the caller has.
            if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                isOpen = true;
                return _isSecure ? new SecureTransport(_secure!, _socket!) : _socket!.Detach();
            }

            using (response)
                throw await HostErrors.FromResponseAsync(address, request, response, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Of an open way it holds nothing but what the transport holds; it would close the stream.
            if (!isOpen)
                http.Dispose();
        }
    }

    /// <summary>The connection for HTTP. One that the host closes before it answers is made anew.</summary>
    private async ValueTask<Stream> UseAsync(CancellationToken cancellationToken)
    {
        if (_isUsed)
            await ConnectAsync(offered: null, cancellationToken).ConfigureAwait(false);
        _isUsed = true;
        return _secure ?? (Stream)_socket!;
    }

    private async Task ConnectAsync(SslApplicationProtocol? offered, CancellationToken cancellationToken)
    {
        EndPoint endPoint = await address.ResolveAsync(address.Uri.Port, cancellationToken).ConfigureAwait(false);
        _socket = await SocketStream.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
        if (!_isSecure)
            return;
        SslClientAuthenticationOptions options = HostAddress.TlsOptions(address.Uri.DnsSafeHost, () => address);

        // Whoever does not know it, or has no such worker, answers as HTTP.
        if (offered is { } frames)
            options.ApplicationProtocols = [frames, SslApplicationProtocol.Http11];
        var secure = new SslStream(_socket);
        try
        {
            await secure.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _secure = secure;
    }

    private void Close()
    {
        _secure?.Dispose();
        _socket?.Dispose();
        (_secure, _socket) = (null, null);
    }
}
