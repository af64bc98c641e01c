using System.Runtime.CompilerServices;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>The items of a stream, in order. An item that has arrived is handed out without a task: of millions, that is the cost.</summary>
/// <typeparam name="T">The items.</typeparam>
/// <param name="open">Opens the stream, when an enumeration begins.</param>
/// <param name="readItem">Reads one item.</param>
/// <param name="limits">What is accepted.</param>
/// <param name="own">A token that belongs to the stream.</param>
/// <param name="isPlain">Whether the items are in plain form.</param>
internal sealed class ReceivedStream<T>(
    Func<CancellationToken, ValueTask<StreamReceiver>> open, WireRead<T> readItem, WireLimits limits, CancellationToken own, bool isPlain = false)
    : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Enumerator(open, readItem, limits, isPlain, own, cancellationToken);

    private sealed class Enumerator(
        Func<CancellationToken, ValueTask<StreamReceiver>> open, WireRead<T> readItem, WireLimits limits, bool isPlain, CancellationToken own, CancellationToken consumer)
        : IAsyncEnumerator<T>
    {
        private StreamReceiver? _receiver;
        private CancellationTokenRegistration _ownRegistration;
        private CancellationTokenRegistration _consumerRegistration;
        private T[] _items = [];
        private int _count;
        private int _next;
        private StreamBatch _batch;
        private RemoteException? _malformed;
        private bool _isAtEnd;
        private bool _isMoving;
        private bool _isOver;

        /// <inheritdoc/>
        public T Current { get; private set; } = default!;

        /// <inheritdoc/>
        public ValueTask<bool> MoveNextAsync()
        {
            // A cancelled consumer gets no more, though the rest of the batch is here.
            int next = _next;
            if (next >= _count || _receiver!.IsAborted)
                return Interlocked.Exchange(ref _isMoving, true) ? ValueTask.FromException<bool>(TwoAtOnce()) : MoveToBatchAsync();
            Current = _items[next];
            _next = next + 1;
            return new ValueTask<bool>(true);
        }

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            Leave();
            return default;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> MoveToBatchAsync()
        {
            try
            {
                if (_isOver)
                    return false;
                if (_receiver is null)
                    await OpenAsync().ConfigureAwait(false);
                ThrowIfCancelled();
                EndBatch();
                while (await _receiver!.WaitAsync().ConfigureAwait(false))
                {
                    _batch = _receiver.Take();
                    if (_batch.Count == 0)
                        continue;

                    // Until they are all there, none is handed out: another move is one too many.
                    _next = int.MaxValue;
                    Decode();
                    ThrowIfCancelled();
                    if (_count == 0)
                        EndBatch();
                    Current = _items[0];
                    _next = 1;
                    return true;
                }

                _isAtEnd = true;
                Leave();
                return false;
            }
            catch
            {
                Leave();
                throw;
            }
            finally
            {
                Volatile.Write(ref _isMoving, false);
            }
        }

        /// <summary>Whether an item is read by copying its bytes, by nobody's code but this library's: an array of numbers.</summary>
        private static bool IsBytesAlone => typeof(T).GetElementType() is { IsPrimitive: true } && typeof(T).IsSZArray;

        private static InvalidOperationException TwoAtOnce()
            => new("The stream is asked for its next item while it has not yet given the one before. Await each MoveNextAsync before the next, and let each reader enumerate the stream by itself.");

        private async ValueTask OpenAsync()
        {
            _receiver = await open(consumer.CanBeCanceled ? consumer : own).ConfigureAwait(false);

            // In plain form they are not: each number is read by itself.
            if (IsBytesAlone && !isPlain)
                _receiver.ReadArrived = ReadArrived;
            _ownRegistration = _receiver.AbortWhenCancelled(own);
            _consumerRegistration = _receiver.AbortWhenCancelled(consumer);
        }

        private void ThrowIfCancelled()
        {
            own.ThrowIfCancellationRequested();
            consumer.ThrowIfCancellationRequested();
        }

        /// <summary>The batch has been consumed: its error, behind its items, or its credit.</summary>
        private void EndBatch()
        {
            if (_batch.Count == 0)
                return;
            (int count, int bytes) = (_batch.Count, _batch.Bytes);
            _batch = default;
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
                Array.Clear(_items, 0, _count);
            (_count, _next) = (0, 0);
            if (_malformed is not null)
                throw _malformed;
            _receiver!.Refill(count, bytes);
        }

        /// <summary>An item from where it has arrived; null when it cannot be read, which is found out again where its error belongs.</summary>
        private object? ReadArrived(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                var reader = new WireReader(bytes, limits, isPlain: false);
                T item = readItem(ref reader);
                return reader.End ? item : null;
            }
            catch (Exception)
            {
                return null;
            }
        }

        private void Decode()
        {
            using BodyBuffer? buffer = _batch.Buffer;
            if (_items.Length < _batch.Count)
                _items = new T[_batch.Count];
            if (buffer is null)
            {
                (_items[0], _count) = ((T)_batch.Item!, 1);
                return;
            }

            try
            {
                ReadOnlyMemory<byte> bytes = buffer.Written[StreamWindow.HeaderSize..];
                if (_batch.IsBlock)
                    DecodeBlock(bytes.Span);
                else
                    DecodeItems(bytes);
            }
            catch (Exception malformed)
            {
                _malformed = WireReader.Translate(malformed, isPlain);
            }
        }

        private void DecodeBlock(ReadOnlySpan<byte> bytes)
        {
            if (!StreamBlocks.TryRead(bytes, _items, _batch.Count))
                throw WireReader.Malformed($"a block of {bytes.Length} bytes is not {_batch.Count} items of a stream");
            _count = _batch.Count;
        }

        private void DecodeItems(ReadOnlyMemory<byte> bytes)
        {
            var reader = new WireReader(bytes, limits, isPlain: isPlain);
            while (_count < _batch.Count)
            {
                _items[_count] = readItem(ref reader);
                _count++;
            }

            if (!reader.End)
                throw WireReader.Malformed($"bytes are left behind {_count} items of a stream");
        }

        private void Leave()
        {
            if (_isOver)
                return;
            _isOver = true;
            (_items, _count, _next, _batch) = ([], 0, 0, default);
            Current = default!;
            if (_receiver is null)
                return;
            _receiver.ReadArrived = null;
            _ownRegistration.Dispose();
            _consumerRegistration.Dispose();
            if (!_isAtEnd)
                _receiver.Stop();
        }
    }
}
