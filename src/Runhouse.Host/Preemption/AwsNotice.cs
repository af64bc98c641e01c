using System.Text.Json;

namespace Runhouse.Host.Preemption;

/// <summary>The instance action of AWS' instance metadata, version 2: about two minutes before the end.</summary>
/// <param name="http">The metadata service.</param>
internal sealed class AwsNotice(LinkLocalHttp http) : IPreemptionNotice
{
    private const int NotFound = 404;

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<EndNotice?> LookAsync(CancellationToken cancellationToken)
    {
        (int status, string token) = await http.SendAsync("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60", cancellationToken).ConfigureAwait(false);
        if (status != 200)
            throw new IOException($"the metadata service gave no token, but status {status}");
        (status, string action) = await http.SendAsync("GET", "/latest/meta-data/spot/instance-action", $"X-aws-ec2-metadata-token: {token}", cancellationToken).ConfigureAwait(false);
        if (status == NotFound)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(action);
            return new EndNotice(document.RootElement.GetProperty("time").GetDateTimeOffset());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new IOException($"the metadata service answered {status} with \"{action}\", which is no notice", e);
        }
    }
}
