using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using CsCheck;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

/// <summary>A loop whose frames are single bytes: each brings the work of that number.</summary>
public sealed class ReadLoopTests
{
    // What the transport runs must not run on the thread of the test that writes.
    private readonly Pipe _pipe = new(new PipeOptions(readerScheduler: PipeScheduler.ThreadPool, useSynchronizationContext: false));
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<byte, Work> _works = new();
    private readonly ReadLoop _loop;
    private readonly FrameWriter _writer;
    private Func<int> _inFlight = static () => 0;

    public ReadLoopTests()
    {
        _writer = new FrameWriter(Wire.Into(_output.Writer), WireLimits.Default with { MaxFrameBytes = 1024 }, static _ => { });
        _loop = new ReadLoop(Wire.From(_pipe.Reader), _writer, Parse, () => _inFlight(), error => Assert.True(_ended.TrySetResult(error)));
        _loop.Start();
    }

    [Fact]
    public async Task Short_work_runs_on_one_thread_in_order()
    {
        while (true)
        {
            var order = new ConcurrentQueue<(int Number, int Thread)>();
            for (byte i = 0; i < 100; i++)
            {
                byte number = i;
                Add(number, () => order.Enqueue((number, Environment.CurrentManagedThreadId)));
            }

            await ReadAsync([.. _works.Keys.Order()]);
            await Task.WhenAll(_works.Values.Select(work => work.Done));

            // The machine may stop any thread for as long as a stall takes to be noticed: then once more.
            if (_works.Values.Any(work => work.Dispatched > 0))
                continue;
            Assert.Equal(Enumerable.Range(0, 100), order.Select(one => one.Number));
            Assert.Single(order.Select(one => one.Thread).Distinct());
            await EndAsync();
            return;
        }
    }

    [Fact]
    public async Task Work_that_takes_long_runs_elsewhere()
    {
        Add(1, static () => { }, new Pace());

        await ReadAsync(1);
        await _works[1].Done;

        Assert.Equal(1, _works[1].Dispatched);
    }

    [Fact]
    public async Task Work_that_blocks_holds_up_neither_what_came_with_it_nor_what_comes_later()
    {
        using var release = new ManualResetEventSlim();
        Add(1, release.Wait);
        Add(2, static () => { });
        Add(3, static () => { });

        await ReadAsync(1, 2);
        await _works[2].Done;
        await ReadAsync(3);
        await _works[3].Done;
        Assert.False(_works[1].Done.IsCompleted);
        Assert.False(_works[1].Known.IsShort(alone: true));

        release.Set();
        await _works[1].Done;
        Assert.Null(await EndAsync());
    }

    [Fact]
    public async Task A_thread_that_stands_still_before_its_first_work_leaves_that_to_others()
    {
        // The machine stops it; here it is held up by what it asks at that point.
        Add(1, static () => { });
        Add(2, static () => { });
        Task all = Task.WhenAll(_works[1].Done, _works[2].Done);
        _inFlight = () =>
        {
            _inFlight = static () => 0;
            all.Wait();
            return 0;
        };

        await ReadAsync(1, 2);
        await all;
        Assert.Equal((1, 1), (_works[1].Runs, _works[2].Runs));
        Add(3, static () => { });
        await ReadAsync(3);
        await _works[3].Done;
        Assert.Null(await EndAsync());
    }

    [Fact]
    public async Task What_short_work_writes_goes_out_when_other_work_blocks()
    {
        using var release = new ManualResetEventSlim();
        Add(1, () => _writer.Enqueue(OutgoingFrame.Short(FrameKind.Result, 7)));
        Add(2, release.Wait);

        await ReadAsync(1, 2);

        Assert.False((await _output.Reader.ReadAsync(TestContext.Current.CancellationToken)).Buffer.IsEmpty);
        release.Set();
        await EndAsync();
    }

    [Fact]
    public async Task What_work_leaves_on_the_thread_is_gone_before_the_next()
    {
        var local = new AsyncLocal<int>();
        int? seen = null;
        SynchronizationContext? context = null;
        Add(1, () =>
        {
            local.Value = 1;
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
        });
        Add(2, () => (seen, context) = (local.Value, SynchronizationContext.Current));

        await ReadAsync(1, 2);
        await EndAsync();

        Assert.Equal((0, null), (seen, context));
    }

    [Fact]
    public async Task A_loop_that_is_stopped_while_its_work_blocks_ends()
    {
        using var release = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(1, () =>
        {
            begun.SetResult();
            release.Wait();
        });
        await ReadAsync(1);
        await begun.Task;

        _loop.Stop();

        Assert.Null(await _ended.Task);
        release.Set();
    }

    [Fact]
    public async Task A_failure_to_parse_ends_the_loop_behind_the_work_before_it()
    {
        Add(1, static () => { });

        await ReadAsync(1, 255);

        Assert.IsType<KeyNotFoundException>(await _ended.Task);
        await _works[1].Done;
    }

    [Fact]
    public void Whatever_blocks_whenever_all_work_runs_once() => Gen.Select(Gen.Int[0, 9].Array[1, 60], Gen.Int[1, 7]).Sample(
        (kinds, readSize) => new ReadLoopTests().RunsOnceAsync([.. kinds.Select(kind => kind == 0)], readSize).GetAwaiter().GetResult(), iter: 40, threads: 1);

    private async Task RunsOnceAsync(bool[] blocks, int readSize)
    {
        using var release = new ManualResetEventSlim();
        int left = blocks.Count(one => !one);
        var shortDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (left == 0)
            shortDone.SetResult();
        for (byte i = 0; i < blocks.Length; i++)
        {
            Add(i, blocks[i] ? release.Wait : () =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    shortDone.SetResult();
            });
        }

        foreach (byte[] numbers in Enumerable.Range(0, blocks.Length).Select(i => (byte)i).Chunk(readSize))
            await ReadAsync(numbers);
        await shortDone.Task;
        release.Set();
        Assert.Null(await EndAsync());
        await Task.WhenAll(_works.Values.Select(work => work.Done));
        Assert.All(_works.Values, work => Assert.Equal(1, work.Runs));
    }

    private void Add(byte number, Action action, Pace? pace = null) => _works[number] = new Work(action, pace ?? KnownToBeShort());

    private static Pace KnownToBeShort()
    {
        var pace = new Pace();
        while (!pace.IsShort(alone: false))
            pace.End(Pace.Begin());
        return pace;
    }

    private async Task ReadAsync(params byte[] numbers) => await _pipe.Writer.WriteAsync(numbers, TestContext.Current.CancellationToken);

    private async Task<Exception?> EndAsync()
    {
        await _pipe.Writer.CompleteAsync();
        return await _ended.Task;
    }

    private void Parse(ref ReadOnlySequence<byte> buffer)
    {
        foreach (byte number in buffer.ToArray())
        {
            buffer = buffer.Slice(1);
            _loop.Add(_works[number]);
        }
    }

    private sealed class Work(Action action, Pace pace) : IDueWork
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _runs;
        private int _dispatched;

        /// <summary>Only until somebody else has it or it has run: then work from a pool is something else, or nothing.</summary>
        public Pace Pace => _dispatched == 0 && !_done.Task.IsCompleted ? pace : throw new InvalidOperationException("the work is gone");

        public Pace Known => pace;

        public int Runs => _runs;

        public int Dispatched => _dispatched;

        public Task Done => _done.Task;

        public void Dispatch()
        {
            // A thread of its own: what blocks here must not keep the pool's.
            Interlocked.Increment(ref _dispatched);
            new Thread(Execute) { IsBackground = true }.Start();
        }

        public void Execute() => Run();

        public void Run()
        {
            Interlocked.Increment(ref _runs);
            action();
            _done.TrySetResult();
        }
    }
}
