using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>What is in flight on a worker's connection, within its own limits and the worker's. Thread-safe.</summary>
/// <param name="limits">The limits.</param>
/// <param name="worker">What is in flight in the worker; null when nobody counts.</param>
internal sealed class Admission(WireLimits limits, WorkerBudget? worker)
{
    private int _calls;
    private long _bytes;

    /// <summary>How many calls are in flight.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Counts a call in, and the bytes of its arguments unless they came in chunks and were counted when they began.</summary>
    /// <param name="payload">The call's payload.</param>
    /// <returns>Why it is refused, and not counted; null when it is not.</returns>
    public OverloadedException? Admit(scoped in FramePayload payload)
    {
        OverloadedException? refusal = Enter();
        if (refusal is not null)
        {
            Pass(payload);
            return refusal;
        }

        refusal = payload.IsChunked ? null : Take(payload.Length);
        if (refusal is not null)
            Exit();
        return refusal;
    }

    /// <summary>A payload is there as a whole and goes another way than a call's: what its chunks were counted for is given back.</summary>
    /// <param name="payload">The payload.</param>
    public void Pass(scoped in FramePayload payload)
    {
        if (payload.IsChunked)
            Give(payload.Length);
    }

    /// <summary>A call has ended.</summary>
    /// <param name="bytes">The size of its arguments.</param>
    public void Release(long bytes)
    {
        Give(bytes);
        Exit();
    }

    /// <summary>Why a result cannot be sent: too much waits already for a caller that does not take it; null when it can.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="waiting">How many bytes wait.</param>
    public OverloadedException? Refuse(long bytes, long waiting) => bytes < FrameWriter.CountedBytes || waiting + bytes <= limits.MaxBytesInFlight
        ? null
        : new OverloadedException(bytes > limits.MaxBytesInFlight
            ? $"The call has run, but its result was dropped: {TooLargeAlone(bytes, limits.MaxBytesInFlight, nameof(WireLimits.MaxBytesInFlight))}"
            : $"The call has run, but its result of {bytes} bytes was dropped: with it, more than {limits.MaxBytesInFlight} bytes would wait for the caller. Make fewer calls at once, send the result as a stream (IAsyncEnumerable<T>), or {WireLimits.Raise(nameof(WireLimits.MaxBytesInFlight))}");

    /// <summary>Why a body cannot be sent however few others there are, for messages.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="limit">The most bytes in flight.</param>
    /// <param name="name">The limit's name.</param>
    public static string TooLargeAlone(long bytes, long limit, string name)
        => $"its {bytes} bytes are more by themselves than the {limit} bytes that may be in flight. Send it as a stream (IAsyncEnumerable<T>) of smaller items, or {WireLimits.Raise(name)}";

    private OverloadedException? Enter()
    {
        if (Interlocked.Increment(ref _calls) > limits.MaxCallsInFlight)
        {
            Interlocked.Decrement(ref _calls);
            return new OverloadedException(
                $"The worker runs {limits.MaxCallsInFlight} calls of this connection already, which is its limit. Await some of them first, or {WireLimits.Raise(nameof(WireLimits.MaxCallsInFlight))}");
        }

        if (worker?.TryEnter(limits) != false)
            return null;
        Interlocked.Decrement(ref _calls);
        return new OverloadedException(
            $"The worker runs {limits.MaxWorkerCallsInFlight} calls of all its callers already, which is its limit. Call again when some have ended, or {WireLimits.Raise(nameof(WireLimits.MaxWorkerCallsInFlight))}");
    }

    private void Exit()
    {
        Interlocked.Decrement(ref _calls);
        worker?.Exit();
    }

    /// <summary>Counts a body in.</summary>
    /// <param name="bytes">Its size.</param>
    /// <returns>Why it is refused; null when it is not.</returns>
    public OverloadedException? Take(long bytes) => bytes < FrameWriter.CountedBytes ? null : TakeAll(bytes);

    /// <summary>Counts a batch of items in, however small: nothing else limits how many there are.</summary>
    /// <param name="bytes">Its size.</param>
    /// <returns>Why it is refused; null when it is not.</returns>
    public OverloadedException? TakeBatch(int bytes) => TakeAll(Math.Max(bytes, BodyBuffer.InitialBytes));

    /// <summary>A body is gone.</summary>
    public void Give(long bytes)
    {
        if (bytes >= FrameWriter.CountedBytes)
            GiveAll(bytes);
    }

    /// <summary>A batch of items is gone.</summary>
    public void GiveBatch(int bytes) => GiveAll(Math.Max(bytes, BodyBuffer.InitialBytes));

    private OverloadedException? TakeAll(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > limits.MaxBytesInFlight)
        {
            Interlocked.Add(ref _bytes, -bytes);
            return new OverloadedException(bytes > limits.MaxBytesInFlight
                ? $"The worker did not take what was sent: {TooLargeAlone(bytes, limits.MaxBytesInFlight, nameof(WireLimits.MaxBytesInFlight))}"
                : $"The arguments of the calls that are in flight on this connection, with {bytes} bytes more, are over its limit of {limits.MaxBytesInFlight} bytes. Await some of them first, or {WireLimits.Raise(nameof(WireLimits.MaxBytesInFlight))}");
        }

        if (worker?.TryTake(bytes, limits) != false)
            return null;
        Interlocked.Add(ref _bytes, -bytes);
        return new OverloadedException(bytes > limits.MaxWorkerBytesInFlight
            ? $"The worker did not take what was sent: {TooLargeAlone(bytes, limits.MaxWorkerBytesInFlight, nameof(WireLimits.MaxWorkerBytesInFlight))}"
            : $"The arguments of all calls that are in flight in the worker, with {bytes} bytes more, are over its limit of {limits.MaxWorkerBytesInFlight} bytes. Call again when some have ended, or {WireLimits.Raise(nameof(WireLimits.MaxWorkerBytesInFlight))}");
    }

    private void GiveAll(long bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        worker?.Give(bytes);
    }
}
