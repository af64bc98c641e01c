using System.Net;
using System.Net.Http.Headers;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Files;

namespace Runhouse.Runtime.Clusters;

/// <summary>
/// A host as it is known by now, and what opens it. Its token and its certificate change while it runs: whoever is refused for that reads again what the host
/// says on its machine, and is let in. Requests go through here; those of them that may be sent again are, once.
/// </summary>
/// <param name="address">The host as it was found.</param>
internal sealed class HostAccess(HostAddress address) : DelegatingHandler
{
    private readonly SemaphoreSlim _reading = new(1);
    private volatile HostAddress _address = address;

    /// <summary>The host as it is known by now.</summary>
    public HostAddress Address => _address;

    /// <summary>Reads again where the host is and what opens it; gives null when no host runs any more. Null where nobody can be asked.</summary>
    public Func<CancellationToken, Task<HostAddress?>>? FindAgainAsync { get; set; }

    /// <summary>Does something with the host, once more if its token or its certificate has changed.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">What to do with the host as it is known.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<T> UseAsync<T>(Func<HostAddress, Task<T>> work, CancellationToken cancellationToken)
    {
        HostAddress known = _address;
        try
        {
            return await work(known).ConfigureAwait(false);
        }
        catch (RemoteException e) when (e is CredentialsException || OtherCertificateException.CauseOf(e) is not null)
        {
            if (!await RenewAsync(known, cancellationToken).ConfigureAwait(false))
                throw;
        }

        return await work(_address).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HostAddress known = Authorize(request);

        // A host that refuses says so before such a content is on its way: half of it cannot be taken back from every stream.
        var content = request.Content as SentContent;
        if (content?.IsWorthAsking is true)
            request.Headers.ExpectContinue = true;
        request.Headers.Add(CallerHeader.Name, CallerHeader.OfThisProcess);
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Forbidden || content?.CanBeSent is false || !await RenewAsync(known, cancellationToken).ConfigureAwait(false))
                return response;
            response.Dispose();
        }
        catch (HttpRequestException e) when (OtherCertificateException.CauseOf(e) is not null)
        {
            if (!await RenewAsync(known, cancellationToken).ConfigureAwait(false))
                throw;
        }

        Authorize(request);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private HostAddress Authorize(HttpRequestMessage request)
    {
        HostAddress known = _address;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", known.Token);
        return known;
    }

    // However many are refused at once, one of them reads.
    private async Task<bool> RenewAsync(HostAddress refused, CancellationToken cancellationToken)
    {
        if (FindAgainAsync is null)
            return false;
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(_address, refused))
                return true;
            if (await FindAgainAsync(cancellationToken).ConfigureAwait(false) is not { } found
                || found.HostId != refused.HostId
                || (found.Token, found.Fingerprint) == (refused.Token, refused.Fingerprint))
            {
                return false;
            }

            _address = refused with { Token = found.Token, Fingerprint = found.Fingerprint };
            return true;
        }
        catch (HostUnreachableException e)
        {
            throw new HostUnreachableException($"The token and the certificate of {refused} are not those that this program knows, and those of now cannot be read on its machine: {e.Message}", e);
        }
        finally
        {
            _reading.Release();
        }
    }
}
