using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Commands;

/// <summary>An answer that grows while the work goes on: <see cref="OutputFrame"/>s, and a sign of life when there is nothing to say.</summary>
internal sealed class FrameReply : IAsyncDisposable
{
    private readonly PipeWriter _body;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly PeriodicTimer _timer;
    private readonly Task _living;

    private FrameReply(HttpContext context, TimeProvider time)
    {
        _body = context.Response.BodyWriter;
        _timer = new PeriodicTimer(OutputFrame.AliveInterval, time);
        _living = LiveAsync(context.RequestAborted);
    }

    /// <summary>Begins the answer; from here on nothing can be refused.</summary>
    public static FrameReply Begin(HttpContext context, TimeProvider time)
    {
        context.Response.ContentType = OutputFrame.MediaType;
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        return new FrameReply(context, time);
    }

    public async ValueTask WriteAsync(OutputFrameKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            OutputFrame.WriteHead(_body.GetSpan(OutputFrame.HeadSize), kind, payload.Length);
            _body.Advance(OutputFrame.HeadSize);
            _body.Write(payload.Span);
            await _body.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    public ValueTask WriteAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        WriteAsync(OutputFrameKind.Message, JsonSerializer.SerializeToUtf8Bytes(message, type), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writing.Dispose();
    }

    private async Task LiveAsync(CancellationToken aborted)
    {
        // The first at once: the caller learns that its request is accepted.
        do
            await WriteAsync(OutputFrameKind.Alive, ReadOnlyMemory<byte>.Empty, aborted).ConfigureAwait(false);
        while (await _timer.WaitForNextTickAsync(aborted).ConfigureAwait(false));
    }
}
