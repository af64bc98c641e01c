namespace Runhouse.Host.Preemption;

/// <summary>The word of Google Cloud's metadata that a machine was preempted: 30 seconds before the end.</summary>
/// <param name="http">The metadata service.</param>
/// <param name="time">The clock.</param>
internal sealed class GcpNotice(LinkLocalHttp http, TimeProvider time) : IPreemptionNotice
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<EndNotice?> LookAsync(CancellationToken cancellationToken)
    {
        (int status, string preempted) = await http.SendAsync("GET", "/computeMetadata/v1/instance/preempted", "Metadata-Flavor: Google", cancellationToken).ConfigureAwait(false);
        return (status, preempted) switch
        {
            (200, "TRUE") => new EndNotice(time.GetUtcNow() + Notice),
            (200, "FALSE") => null,
            _ => throw new IOException($"the metadata service answered {status} with \"{preempted}\", where TRUE or FALSE belongs"),
        };
    }
}
