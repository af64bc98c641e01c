namespace Runhouse;

/// <summary>The local provider: section <c>Runhouse:Local</c>.</summary>
public sealed class LocalOptions
{
    /// <summary>How long the host on this machine lives without a worker in use.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether an accelerator, cores or memory that code needs and this machine lacks are an error; they are a warning otherwise.</summary>
    public bool Strict { get; set; }

    /// <summary>
    /// Whether the port of the host on this machine speaks TLS, with a certificate that the host makes and its <c>host.json</c> pins. It is as on
    /// a machine elsewhere then; here nobody else can read the loopback address, and calls do not pass the port.
    /// </summary>
    public bool Tls { get; set; }
}
