using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Control;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Tests.Objects;

public sealed class KeptObjectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rht-kept-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Calls_that_come_while_it_is_held_wait_until_its_door_opens()
    {
        (KeptObject kept, Counted counted) = Create();
        Assert.Equal(KeptObject.Admission.Runs, kept.Enter(null!, null!));
        Task held = kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: false);
        Assert.Equal(KeptObject.Admission.Waits, kept.Enter(null!, null!));
        Assert.False(held.IsCompleted);
        Volatile.Write(ref counted.Value, 7);
        kept.Exit();
        await held;
        Assert.Equal(7, counted.Kept);
        Assert.Single(kept.Open());
        Assert.Equal(KeptObject.Admission.Runs, kept.Enter(null!, null!));
    }

    [Fact]
    public async Task Calls_that_do_not_end_in_time_keep_it_where_it_is_unless_its_worker_ends()
    {
        var time = new FakeTimeProvider();
        (KeptObject kept, Counted counted) = Create(time: time);
        kept.Enter(null!, null!);
        Volatile.Write(ref counted.Value, 5);
        var error = await Assert.ThrowsAsync<SnapshotException>(() => kept.HoldAsync(TimeSpan.Zero, isFinal: false));
        Assert.Contains("in flight", error.Message, StringComparison.Ordinal);
        Task held = kept.HoldAsync(TimeSpan.FromSeconds(5), isFinal: true);
        time.Advance(TimeSpan.FromSeconds(5));
        await held;
        Assert.Equal(5, counted.Kept);
    }

    [Fact]
    public async Task Calls_that_wait_for_one_that_goes_are_handed_back_and_none_is_let_in()
    {
        (KeptObject kept, _) = Create();
        await kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: false);
        kept.Enter(null!, null!);
        Assert.Single(kept.Leave());
        Assert.Equal(KeptObject.Admission.Gone, kept.Enter(null!, null!));
    }

    [Fact]
    public async Task What_its_host_does_not_keep_is_an_error()
    {
        (KeptObject kept, _) = Create(static _ => "the disk is full");
        var error = await Assert.ThrowsAsync<SnapshotException>(kept.SaveNowAsync);
        Assert.Equal("the disk is full", error.Message);
    }

    [Fact]
    public async Task A_last_state_that_cannot_be_taken_is_missed_only_behind_a_call_whose_state_is_not_kept()
    {
        List<KeepState> asked = [];
        (KeptObject kept, Counted counted) = Create(keep =>
        {
            asked.Add(keep);
            return keep.Error;
        });
        kept.Enter(null!, null!);
        kept.Exit();
        await kept.SaveNowAsync();
        counted.IsBroken = true;
        await kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: true);
        Assert.Equal((null, "System.InvalidOperationException: out of order", true), (asked[^1].File, asked[^1].Error, asked[^1].IsKept));

        // Another version is not to go on from less than it can have.
        await Assert.ThrowsAsync<SnapshotException>(() => kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: false));
        kept.Open();
        kept.Enter(null!, null!);
        kept.Exit();
        await Assert.ThrowsAsync<SnapshotException>(() => kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: true));
        Assert.False(asked[^1].IsKept);
    }

    // However calls and holds interleave: no call runs while it is held, what is kept is what all calls before have done, and each call runs once.
    [Fact]
    public async Task However_calls_and_holds_interleave_its_state_is_taken_between_calls()
        => await Gen.Select(Gen.Int[1, 40].Array[1, 5], Gen.Int[1, 8]).SampleAsync(async (callers, holds) =>
        {
            (KeptObject kept, Counted counted) = Create();
            int inside = 0;
            async Task RunAsync()
            {
                Interlocked.Increment(ref inside);
                await Task.Yield();
                Interlocked.Increment(ref counted.Value);
                Interlocked.Decrement(ref inside);
                kept.Exit();
            }

            Task calling = Task.WhenAll(callers.Select(calls => Task.Run(async () =>
            {
                for (int i = 0; i < calls; i++)
                {
                    if (kept.Enter(null!, null!) == KeptObject.Admission.Runs)
                        await RunAsync();
                }
            })));
            for (int i = 0; i < holds; i++)
            {
                await kept.HoldAsync(TimeSpan.FromMinutes(1), isFinal: false);
                Assert.Equal(0, Volatile.Read(ref inside));
                Assert.Equal(Volatile.Read(ref counted.Value), counted.Kept);
                await Task.WhenAll(kept.Open().Select(_ => RunAsync()));
            }

            await calling;
            await kept.SaveNowAsync();
            Assert.Equal(callers.Sum(), counted.Value);
            Assert.Equal(callers.Sum(), counted.Kept);
        }, iter: 100);

    private (KeptObject Kept, Counted Counted) Create(Func<KeepState, string?>? host = null, TimeProvider? time = null)
    {
        var counted = new Counted();
        KeptStates states = null!;
        states = new KeptStates(
            message =>
            {
                var keep = (KeepState)message;
                string? error = host?.Invoke(keep);
                if (error is null)
                    counted.Kept = BitConverter.ToInt32(states.Take(keep.File!));
                states.Answer(new StateKept(keep.RequestId, error));
            },
            _folder,
            Guid.NewGuid().ToString("N"));
        var entry = new ObjectEntry(1, counted, "Counted", "counted", session: 0);
        return (new KeptObject(entry, new CountedSnapshot(), concurrency: 0, states, WireLimits.Default with { SnapshotIntervalMilliseconds = 0 }, time ?? TimeProvider.System), counted);
    }

    /// <summary>An object whose state is a number.</summary>
    private sealed class Counted
    {
        public int Value;

        public volatile int Kept;

        public volatile bool IsBroken;
    }

    private sealed class CountedSnapshot : RemoteSnapshot
    {
        public override ValueTask TakeAsync(object instance, BodyBuffer state, WireLimits limits, CancellationToken cancellationToken)
        {
            if (((Counted)instance).IsBroken)
                throw new InvalidOperationException("out of order");
            BitConverter.TryWriteBytes(state.GetSpan(sizeof(int)), Volatile.Read(ref ((Counted)instance).Value));
            state.Advance(sizeof(int));
            return default;
        }

        public override ValueTask RestoreAsync(object instance, ReadOnlyMemory<byte> state, WireLimits limits, CancellationToken cancellationToken) => default;
    }
}
