using System.Buffers;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Tests.Resumption;

public class RetainingWriterTests
{
    private static readonly OutputPattern Pattern = new();

    private enum Step
    {
        Write,
        WriteToo,
        Adopt,
        Flush,
        FlushToo,
        GoOn,
        Take,
        Acknowledge,
        Trim,
        Lose,
        Attach,
    }

    [Fact]
    public async Task However_connections_take_and_lose_it_the_far_side_gets_what_was_written()
    {
        using var listener = new RentedMemory();

        // Not in the flow of the test, whose synchronization context would put what goes on after a write on other threads.
        await Task.Run(
            () => Gen.Select(Gen.Enum<Step>(), Gen.Int[0, int.MaxValue - 1]).Array[1, 150].Sample(
                steps => RunAsync(steps).AsTask().GetAwaiter().GetResult(), iter: 1000, threads: 1),
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Whoever_still_knows_a_connection_that_was_lost_or_what_was_sent_last_holds_nothing_that_came_behind()
    {
        await using var transport = new ResumableTransport(new PartialCarrier(Pattern, 0), maxUnacknowledgedBytes: 1 << 20, new FakeTimeProvider());
        transport.Outlive(TimeSpan.FromHours(1));
        RetainingWriter writer = transport.Output;
        Carrier first = transport.Carrier!;
        await SendAsync();
        Assert.NotNull(first.Cursor);
        transport.OnFailed(first, null);
        Assert.Null(first.Cursor);

        Assert.True(transport.TryAttach(new PartialCarrier(Pattern, writer.Written), writer.Written));
        await SendAsync();
        RetainedSegment sent = transport.Carrier!.Cursor!;
        await SendAsync();
        Assert.NotNull(sent.Next);
        Assert.True(writer.Acknowledge(writer.Written));
        writer.Trim();
        Assert.Null(sent.Next);
        await SendAsync();
        writer.Complete();

        // More than one segment has room for.
        async Task SendAsync()
        {
            for (int i = 0; i < 3; i++)
            {
                Pattern.Fill(writer.Written, writer.GetSpan(300_000)[..300_000]);
                writer.Advance(300_000);
            }

            Assert.True(await writer.FlushAsync());
        }
    }

    private static async ValueTask RunAsync((Step Step, int Number)[] steps)
    {
        await using var session = new Session();
        session.Run(steps);
    }

    /// <summary>The writer, and beside it what is known of it: how much was written, taken and acknowledged.</summary>
    private sealed class Session : IAsyncDisposable
    {
        private static readonly int[] Sizes = [40, 200, 5_000, 20_000, 70_000, 300_000];

        /// <summary>What a session may keep that has nothing to do.</summary>
        private const int IdleBytes = 4 * 1024;

        private readonly ResumableTransport _transport;
        private readonly RetainingWriter _writer;
        private PartialCarrier? _carrier;
        private PartialCarrier? _flushed;
        private Task<bool>? _flush;
        private long _written;
        private long _taken;
        private long _acknowledged;

        public Session()
        {
            RentedMemory.Begin();
            _carrier = new PartialCarrier(Pattern, 0);
            _transport = new ResumableTransport(_carrier, maxUnacknowledgedBytes: 1 << 20, new FakeTimeProvider());
            _transport.Outlive(TimeSpan.FromHours(1));
            _writer = _transport.Output;
        }

        public void Run((Step Step, int Number)[] steps)
        {
            foreach ((Step step, int number) in steps)
            {
                Do(step, number);
                Check();
            }

            // Ends anywhere, or when all has arrived.
            Settle();
            if (steps.Length % 2 == 0)
                Arrive();
            _writer.Complete();
            Assert.Equal(0, RentedMemory.Arrays);
            Assert.False(RentedMemory.HasStrangers);
        }

        public ValueTask DisposeAsync() => _transport.DisposeAsync();

        private void Do(Step step, int number)
        {
            switch (step)
            {
                case Step.Write or Step.WriteToo when _flush is null:
                    Write(Size(number), number % 7);
                    break;
                case Step.Adopt when _flush is null:
                    Adopt(Size(number), number % 100);
                    break;
                case Step.Flush or Step.FlushToo when _flush is null:
                    Flush((number % 10) switch { < 4 => PartialCarrier.Ending.Taken, < 8 => PartialCarrier.Ending.Waits, 8 => PartialCarrier.Ending.Closed, _ => PartialCarrier.Ending.Broken }, Size(number / 10));
                    break;
                case Step.GoOn:
                    GoOn(Size(number));
                    break;
                case Step.Take when _carrier is not null:
                    _taken += Math.Min(_carrier.Position - _taken, number % 3 == 0 ? number % 1000 : long.MaxValue);
                    break;
                case Step.Acknowledge:
                    Acknowledge(number % 3 == 0 ? number % (_taken + 1) : _taken);
                    break;
                case Step.Trim when _flush is null:
                    Trim();
                    break;
                case Step.Lose when _transport.Carrier is { } carrier:
                    _transport.OnFailed(carrier, null);
                    break;
                case Step.Attach when _transport.Carrier is null:
                    Attach();
                    break;
                default:
                    break;
            }

            if (_transport.Carrier is null)
                _carrier = null;
        }

        private static int Size(int number) => 1 + (number / Sizes.Length % Sizes[number % Sizes.Length]);

        /// <param name="size">How much room is asked for.</param>
        /// <param name="part">0 for none of it, 1 for half of it.</param>
        private void Write(int size, int part)
        {
            Span<byte> room = _writer.GetSpan(size);
            Assert.True(room.Length >= size);
            int count = part == 0 ? 0 : part == 1 ? size / 2 : size;
            Pattern.Fill(_written, room[..count]);
            _writer.Advance(count);
            _written += count;
        }

        private void Adopt(int size, int offset)
        {
            byte[] bytes = ArrayPool<byte>.Shared.Rent(offset + size);
            Pattern.Fill(_written, bytes.AsSpan(offset, size));
            _writer.Adopt(new ArraySegment<byte>(bytes, offset, size));
            _written += size;
        }

        private void Flush(PartialCarrier.Ending ending, int part)
        {
            if (_carrier is not null)
                (_carrier.NextEnding, _carrier.NextPart) = (ending, part);
            ValueTask<bool> flush = _writer.FlushAsync();
            if (flush.IsCompleted)
                Assert.True(flush.Result);
            else
                (_flush, _flushed) = (flush.AsTask(), _carrier);
        }

        private void GoOn(int count)
        {
            _flushed?.GoOn(count);
            if (_flush?.IsCompleted != true)
                return;
            Assert.True(_flush.Result);
            (_flush, _flushed) = (null, null);
        }

        private void Acknowledge(long count)
        {
            Assert.True(_writer.Acknowledge(count));
            Assert.False(_writer.Acknowledge(_written + 1));
            Assert.False(_writer.Acknowledge(-1));
            _acknowledged = Math.Max(_acknowledged, count);
        }

        /// <summary>A writer that has let go of what it can must not find that it has something to let go of: it would look forever.</summary>
        private void Trim()
        {
            _writer.Trim();
            Assert.False(_writer.HasSurplus);
        }

        /// <summary>What came of a frame that was not complete is gone with the connection.</summary>
        private void Attach()
        {
            _carrier = new PartialCarrier(Pattern, _taken);
            Assert.True(_transport.TryAttach(_carrier, _taken));
            _acknowledged = Math.Max(_acknowledged, _taken);
        }

        private void Check()
        {
            Assert.Equal(_written, _writer.Written);
            Assert.Equal(_acknowledged, _writer.Acknowledged);
            Assert.Equal(_written - _acknowledged, _writer.Kept);
            Assert.Equal(_written - _acknowledged > 1 << 20, _writer.IsFull);
            if (_flush is null)
                Assert.Equal(_carrier?.Position < _written, _writer.HasUnsent);
        }

        private void Settle()
        {
            while (_flush is not null)
            {
                if (_flushed is not null)
                    _flushed.NextEnding = PartialCarrier.Ending.Taken;
                GoOn(int.MaxValue);
            }
        }

        private void Arrive()
        {
            if (_transport.Carrier is null)
                Attach();
            Flush(PartialCarrier.Ending.Taken, 0);
            Acknowledge(_written);

            // A far side that acknowledges so little has nothing more to take.
            Write(40, part: 2);
            Write(40, part: 2);
            Flush(PartialCarrier.Ending.Taken, 0);
            Acknowledge(_written - 40);
            Trim();
            Check();
            Assert.InRange(RentedMemory.Bytes, 0, IdleBytes);
            Assert.Equal(_written, _carrier!.Position);
        }
    }
}
