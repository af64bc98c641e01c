namespace Runhouse.Protocol.Codec;

/// <summary>A body outgrew its limit while it was written. The writer of the value turns it into an error that names the member.</summary>
/// <param name="limit">The limit in bytes.</param>
internal sealed class BodyTooLargeException(long limit) : IOException($"The body is larger than its limit of {limit} bytes.")
{
    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = limit;
}
