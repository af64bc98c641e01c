using System.Buffers.Text;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Hosting;

/// <summary>
/// What callers authenticate with and what the host shows them: its token and its certificate, and <c>host.json</c>, which tells of both. They are made anew
/// by age and on demand while the host goes on. The token that was replaced is taken for a while longer, so that nothing under way fails; who comes later with
/// it, or with the fingerprint of a certificate that was replaced, reads <c>host.json</c> again.
/// </summary>
internal sealed class HostCredentials : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HostSettings _settings;
    private readonly HostFolders _folders;
    private readonly TimeProvider _time;
    private volatile Tokens _tokens;
    private HostCertificate? _certificate;
    private HostFile? _sign;

    private HostCredentials(HostSettings settings, HostFolders folders, HostCertificate? certificate, TimeProvider time)
    {
        (_settings, _folders, _certificate, _time) = (settings, folders, certificate, time);
        _tokens = Tokens.Create(time.GetUtcNow());
    }

    /// <summary>The secret that callers send; 256 random bits.</summary>
    public string Token => _tokens.Current;

    /// <summary>Makes a token, and takes the certificate of the last start or makes one, if the host is to speak TLS.</summary>
    public static HostCredentials Open(HostSettings settings, HostFolders folders, TimeProvider time)
    {
        if (!settings.SpeaksTls)
            return new HostCredentials(settings, folders, certificate: null, time);
        DateTimeOffset now = time.GetUtcNow();
        HostCertificate? certificate = HostCertificate.TryRead(folders.CertificateFile);
        if (certificate?.IsGood(now) is not true)
        {
            certificate?.Dispose();
            certificate = HostCertificate.Create(settings.Name, settings.CertificateLifetime, now);
            certificate.Write(folders.CertificateFile);
        }

        return new HostCredentials(settings, folders, certificate, time);
    }

    /// <summary>Whether a token is the host's, or was until just now. It takes as long for a wrong one as for a right one.</summary>
    public bool Takes(ReadOnlySpan<byte> token)
    {
        Tokens tokens = _tokens;
        bool isCurrent = CryptographicOperations.FixedTimeEquals(token, tokens.CurrentBytes);
        bool isPrevious = CryptographicOperations.FixedTimeEquals(token, tokens.PreviousBytes);
        return isCurrent | (isPrevious & _time.GetUtcNow() < tokens.PreviousUntil);
    }

    /// <summary>How TLS is spoken with a connection that comes now.</summary>
    public SslServerAuthenticationOptions TlsOptions()
    {
        // Behind a renewal that is going on: whoever has read the new fingerprint is shown the new certificate.
        lock (_gate)
            return new SslServerAuthenticationOptions { ServerCertificateContext = _certificate!.Context };
    }

    /// <summary>What a worker needs to speak TLS with a connection that comes now and is handed over to it.</summary>
    public ReadOnlyMemory<byte> Certificate()
    {
        lock (_gate)
            return _certificate!.Content;
    }

    /// <summary>Puts <c>host.json</c> up: from now on callers come.</summary>
    public void Publish(HostFile sign)
    {
        lock (_gate)
            Write(sign, _certificate);
    }

    /// <summary>Writes <c>host.json</c> again when somebody removed or damaged it.</summary>
    public void Keep()
    {
        lock (_gate)
            _sign?.Keep(_folders.HostFile);
    }

    /// <summary>Takes <c>host.json</c> away: nobody new is to come.</summary>
    public void Withdraw()
    {
        lock (_gate)
        {
            _sign?.Remove(_folders.HostFile);
            _sign = null;
        }
    }

    /// <summary>Makes a new token and a new certificate.</summary>
    /// <exception cref="HostRefusal">The host is stopping.</exception>
    public void Rotate()
    {
        lock (_gate)
        {
            if (_sign is null)
                throw HostRefusal.Stopping();
            Renew(_sign, hasToken: true, hasCertificate: _certificate is not null);
        }
    }

    /// <summary>Makes anew what has come of age.</summary>
    /// <returns>Whether anything had.</returns>
    public bool RotateByAge()
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            bool hasToken = now >= _tokens.Since + _settings.TokenLifetime;
            bool hasCertificate = now >= _certificate?.RenewsAt;
            if (_sign is null || !(hasToken || hasCertificate))
                return false;
            Renew(_sign, hasToken, hasCertificate);
            return true;
        }
    }

    /// <summary>What there is to say about them, which is not the token.</summary>
    public CredentialsStatus Status()
    {
        lock (_gate)
        {
            return new CredentialsStatus
            {
                IsOpen = _settings.IsOpen,
                Port = _sign?.Port ?? 0,
                TokenCreatedAt = _tokens.Since,
                TokenRenewsAt = _tokens.Since + _settings.TokenLifetime,
                Fingerprint = _certificate?.Fingerprint,
                CertificateCreatedAt = _certificate?.CreatedAt,
                CertificateRenewsAt = _certificate?.RenewsAt,
                CertificateExpiresAt = _certificate?.ExpiresAt,
            };
        }
    }

    public void Dispose() => _certificate?.Dispose();

    // Either all of it holds afterwards, or nothing has changed. A certificate that was replaced may still be in use by a handshake, so that nobody disposes it.
    private void Renew(HostFile sign, bool hasToken, bool hasCertificate)
    {
        DateTimeOffset now = _time.GetUtcNow();
        HostCertificate? certificate = _certificate;
        if (hasCertificate)
        {
            certificate = HostCertificate.Create(_settings.Name, _settings.CertificateLifetime, now);
            certificate.Write(_folders.CertificateFile);
        }

        Tokens before = _tokens;

        // Good before anybody can read it.
        if (hasToken)
            _tokens = before.Next(now, now + _settings.TokenOverlap);
        try
        {
            Write(sign, certificate);
        }
        catch
        {
            _tokens = before;
            throw;
        }
    }

    private void Write(HostFile sign, HostCertificate? certificate)
    {
        HostFile written = sign with { Token = _tokens.Current, Fingerprint = certificate?.Fingerprint, IsOpen = _settings.IsOpen };
        written.Write(_folders.HostFile);
        (_sign, _certificate) = (written, certificate);
    }

    /// <summary>The token, and the one that it replaced.</summary>
    private sealed record Tokens(string Current, DateTimeOffset Since, byte[] PreviousBytes, DateTimeOffset PreviousUntil)
    {
        public byte[] CurrentBytes { get; } = Encoding.UTF8.GetBytes(Current);

        public static Tokens Create(DateTimeOffset now) => new(NewToken(), now, [], DateTimeOffset.MinValue);

        public Tokens Next(DateTimeOffset now, DateTimeOffset previousUntil) => new(NewToken(), now, CurrentBytes, previousUntil);

        private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
    }
}
