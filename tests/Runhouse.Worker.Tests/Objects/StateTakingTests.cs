using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Execution;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Tests.Objects;

public sealed class StateTakingTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ObjectEntry _entry = new(1, new object(), "Some", "some", session: 0);
    private readonly SomeSnapshot _snapshot = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Lets the threads go that a test has blocked.
    public void Dispose() => _snapshot.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Code_that_does_not_give_a_state_is_given_up_after_30_seconds_also_when_it_blocks_its_thread(bool blocks)
    {
        _snapshot.Add(blocks ? SomeSnapshot.Does.Block : SomeSnapshot.Does.Hang);
        Task<string> taking = Create().TakeAsync(Read);
        await _snapshot.BegunAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(taking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        var error = await Assert.ThrowsAsync<SnapshotException>(() => taking);
        Assert.Equal("it did not give its state within 30 s", error.Message);
    }

    [Fact]
    public async Task At_the_end_of_its_worker_a_state_has_as_much_time_as_is_left_also_one_that_is_being_taken()
    {
        _snapshot.Add(SomeSnapshot.Does.Block);
        StateTaking states = Create();
        Task<string> taking = states.TakeAsync(Read);
        await _snapshot.BegunAsync();
        states.EndAfter(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("within 5 s", (await Assert.ThrowsAsync<SnapshotException>(() => taking)).Message, StringComparison.Ordinal);

        // That was all of the time.
        Task<string> next = states.TakeAsync(Read);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<SnapshotException>(() => next);
    }

    [Fact]
    public async Task One_that_was_given_up_ends_before_the_next_one_begins()
    {
        _snapshot.Add(SomeSnapshot.Does.Hang);
        _snapshot.Add(SomeSnapshot.Does.Give);
        StateTaking states = Create();
        Task<string> taking = states.TakeAsync(Read);
        await _snapshot.BegunAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<SnapshotException>(() => taking);
        Task<string> next = states.TakeAsync(Read);
        Assert.Equal(1, _snapshot.Begun);
        _snapshot.LetGo();
        Assert.Equal("2", await next);
    }

    [Fact]
    public async Task What_the_code_throws_is_the_error_itself_also_when_it_says_that_something_was_too_slow()
    {
        _snapshot.Add(SomeSnapshot.Does.Throw);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => Create().TakeAsync(Read));
        Assert.Equal("the disk is slow", error.Message);
    }

    [Fact]
    public async Task A_call_in_whose_turn_it_is_may_take_longer_than_a_state()
    {
        _snapshot.Add(SomeSnapshot.Does.Give);
        var call = new Call();
        Assert.True(_entry.Gate.TryEnter(call, 1));
        Task<string> taking = Create(concurrency: 1).TakeAsync(Read);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(taking.IsCompleted);
        _entry.Gate.Exit();
        Assert.Equal("1", await taking);
    }

    [Fact]
    public async Task A_call_that_keeps_its_turn_at_the_end_of_the_worker_is_not_waited_for_and_the_turn_passes_to_the_next_one()
    {
        var call = new Call();
        Assert.True(_entry.Gate.TryEnter(call, 1));
        StateTaking states = Create(concurrency: 1);
        Task<string> taking = states.TakeAsync(Read);
        var next = new Call();
        Assert.False(_entry.Gate.TryEnter(next, 1));
        states.EndAfter(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<SnapshotException>(() => taking);
        Assert.False(next.Started.Task.IsCompleted);
        _entry.Gate.Exit();
        await next.Started.Task.WaitAsync(Stop);
        Assert.Equal(0, _snapshot.Begun);
    }

    private StateTaking Create(int concurrency = 0) => new(_entry, _snapshot, concurrency, WireLimits.Default, _time);

    private static string Read(ReadOnlySpan<byte> state) => $"{state[0]}";

    private sealed class Call : IGatedCall
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Start() => Started.SetResult();
    }

    /// <summary>What a class does that is asked for its state: its number, if it gives one.</summary>
    private sealed class SomeSnapshot : RemoteSnapshot, IDisposable
    {
        private readonly ConcurrentQueue<Does> _next = [];
        private readonly SemaphoreSlim _begun = new(0);
        private readonly ManualResetEventSlim _end = new();
        private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public enum Does
        {
            Give,
            Hang,
            Block,
            Throw,
        }

        public int Begun => Volatile.Read(ref _count);

        public void Add(Does next) => _next.Enqueue(next);

        public Task BegunAsync() => _begun.WaitAsync(Stop);

        public void LetGo() => _hanging.SetResult();

        public void Dispose() => _end.Set();

        public override async ValueTask TakeAsync(object instance, BodyBuffer state, WireLimits limits, CancellationToken cancellationToken)
        {
            int number = Interlocked.Increment(ref _count);
            Assert.True(_next.TryDequeue(out Does does));
            _begun.Release();
            switch (does)
            {
                case Does.Hang:
                    await _hanging.Task;
                    break;
                case Does.Block:
                    _end.Wait(CancellationToken.None);
                    break;
                case Does.Throw:
                    throw new TimeoutException("the disk is slow");
            }

            state.GetSpan(1)[0] = (byte)number;
            state.Advance(1);
        }

        public override ValueTask RestoreAsync(object instance, ReadOnlyMemory<byte> state, WireLimits limits, CancellationToken cancellationToken) => default;
    }
}
