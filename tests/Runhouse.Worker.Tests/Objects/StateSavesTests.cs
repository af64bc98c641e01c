using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Tests.Objects;

public sealed class StateSavesTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly Queue<TaskCompletionSource> _running = [];
    private int _count;

    public void Dispose() => _begun.Dispose();

    [Fact]
    public async Task The_first_save_begins_at_once_and_the_next_one_when_the_interval_is_over()
    {
        StateSaves saves = Create();
        saves.Request();
        await BegunAsync();
        End();
        saves.Request();
        Assert.False(await _begun.WaitAsync(0, TestContext.Current.CancellationToken));
        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _count);
        await AdvancedAsync();
        Assert.Equal(2, _count);
    }

    [Fact]
    public async Task What_is_asked_for_while_a_save_runs_is_served_by_one_save_behind_it()
    {
        StateSaves saves = Create();
        Task first = saves.SaveNowAsync();
        await BegunAsync();
        Task[] next = [saves.SaveNowAsync(), saves.SaveNowAsync(), saves.SaveNowAsync()];
        End();
        await first;
        Assert.All(next, static one => Assert.False(one.IsCompleted));
        await BegunAsync();
        End();
        await Task.WhenAll(next);
        Assert.Equal(2, _count);
    }

    [Fact]
    public async Task A_save_that_fails_is_the_error_of_those_who_wait_and_the_next_one_goes_on()
    {
        StateSaves saves = Create();
        Task failed = saves.SaveNowAsync();
        await BegunAsync();
        _running.Dequeue().SetException(new SnapshotException("no room"));
        await Assert.ThrowsAsync<SnapshotException>(() => failed);
        Task next = saves.SaveNowAsync();
        await BegunAsync();
        End();
        await next;
    }

    // Whoever has waited for a save finds in it what was there when it was asked for, saves never overlap, and the last one has the latest state.
    [Fact]
    public async Task However_calls_and_saves_interleave_the_latest_state_is_saved_by_one_save_at_a_time()
        => await Gen.Int[0, 3].Array[1, 60].Array[2, 6].SampleAsync(static async threads =>
        {
            int state = 0, saved = 0, inside = 0;
            var saves = new StateSaves(
                async () =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    int taken = Volatile.Read(ref state);
                    await Task.Yield();
                    Assert.True(taken >= saved);
                    saved = taken;
                    Interlocked.Decrement(ref inside);
                },
                TimeSpan.Zero,
                TimeProvider.System);
            await Task.WhenAll(threads.Select(steps => Task.Run(async () =>
            {
                foreach (int step in steps)
                {
                    int mine = Interlocked.Increment(ref state);
                    if (step == 0)
                    {
                        await saves.SaveNowAsync();
                        Assert.True(Volatile.Read(ref saved) >= mine);
                    }
                    else
                    {
                        saves.Request();
                    }
                }
            })));
            await saves.SaveNowAsync();
            Assert.Equal(state, saved);
        }, iter: 200);

    private StateSaves Create() => new(
        () =>
        {
            _count++;
            var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running.Enqueue(running);
            _begun.Release();
            return running.Task;
        },
        Interval,
        _time);

    private Task BegunAsync() => _begun.WaitAsync(TestContext.Current.CancellationToken);

    // The pause may not have begun yet: the clock goes on until it is over.
    private async Task AdvancedAsync()
    {
        while (!await _begun.WaitAsync(10, TestContext.Current.CancellationToken))
            _time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private void End() => _running.Dequeue().SetResult();
}
