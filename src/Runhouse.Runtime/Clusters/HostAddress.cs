namespace Runhouse.Runtime.Clusters;

/// <summary>Where a host listens and what opens it.</summary>
/// <param name="Uri">The root of its control interface.</param>
/// <param name="Token">What authenticates the caller.</param>
/// <param name="HostId">The host's identity, new at each start.</param>
/// <param name="Name">The host's name for messages.</param>
internal sealed record HostAddress(Uri Uri, string Token, string HostId, string Name)
{
    /// <summary>Whether the host runs on this machine, so that files need no compression and workers are reached directly.</summary>
    public bool IsThisMachine { get; init; }

    /// <summary>SHA-256 of the certificate that the host must show, in hexadecimal digits; null without TLS.</summary>
    public string? Fingerprint { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"host '{Name}' at {Uri.GetLeftPart(UriPartial.Authority)}";
}
