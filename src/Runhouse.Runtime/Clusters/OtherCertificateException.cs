using System.Security.Authentication;

namespace Runhouse.Runtime.Clusters;

/// <summary>Whoever answers shows another certificate than the host's.</summary>
/// <param name="shown">The fingerprint of the one that was shown; null when none was.</param>
/// <param name="pinned">The fingerprint of the host's.</param>
internal sealed class OtherCertificateException(string? shown, string? pinned)
    : AuthenticationException($"It shows {(shown is null ? "no certificate" : $"the certificate SHA256:{shown.ToLowerInvariant()}")}, and the host has SHA256:{pinned?.ToLowerInvariant()}.")
{
    /// <summary>What another error comes from, if that is it; null otherwise.</summary>
    /// <param name="error">The other error.</param>
    public static OtherCertificateException? CauseOf(Exception? error)
        => error is null ? null : error as OtherCertificateException ?? CauseOf(error.InnerException);
}
