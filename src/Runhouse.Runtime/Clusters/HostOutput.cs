using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>The output of work on a host, as it comes. Disposing it ends the work there.</summary>
/// <param name="host">The host.</param>
/// <param name="response">The answer.</param>
/// <param name="body">Its body.</param>
internal sealed class HostOutput(HostAddress host, HttpResponseMessage response, Stream body) : IAsyncDisposable
{
    // The host says something every few seconds: after so long without, nobody is there or nothing comes through.
    private static readonly TimeSpan LongestSilence = OutputFrame.AliveInterval * 6;

    private readonly OutputFrameReader _reader = new(body);

    /// <summary>The next frame that says something; null at the end of the answer. Its bytes are good until the next one is read.</summary>
    /// <exception cref="HostUnreachableException">The connection broke, or nothing comes over it any more.</exception>
    public async ValueTask<OutputFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                silence.CancelAfter(LongestSilence);
                if (await _reader.ReadAsync(silence.Token).ConfigureAwait(false) is not { } frame)
                    return null;
                if (frame.Kind != OutputFrameKind.Alive)
                    return frame;
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw HostErrors.Unreachable(host, exception);
        }
    }

    /// <summary>The error of an answer that ended before it said how the work did.</summary>
    /// <param name="work">The work.</param>
    public HostUnreachableException Cut(string work) => new($"{host} ended its answer before {work} was done: it was stopped, or failed. Its log, logs/host.log in its folder, has the cause.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Closes the connection when the answer has not been read to its end, which is how the host learns that nobody wants it.
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}
