namespace Runhouse.Runtime.Clusters;

/// <summary>Marks the error of a host that is about to end: asking again finds or starts the next one.</summary>
internal sealed class HostStoppingException() : IOException("The host is stopping.")
{
    /// <summary>Whether another error comes from that.</summary>
    /// <param name="error">The other error.</param>
    public static bool IsCauseOf(Exception error) => error.InnerException is HostStoppingException;
}
