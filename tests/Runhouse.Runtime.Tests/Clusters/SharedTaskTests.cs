using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests.Clusters;

public class SharedTaskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_callers_wait_for_one_attempt()
    {
        int attempts = 0;
        var gate = new TaskCompletionSource<int>();
        var shared = new SharedTask<int>(_ => true);
        Task<int>[] callers = [.. Enumerable.Range(0, 50).Select(_ => shared.GetAsync(
            _ =>
            {
                Interlocked.Increment(ref attempts);
                return gate.Task;
            },
            Token))];
        gate.SetResult(7);

        Assert.All(await Task.WhenAll(callers), result => Assert.Equal(7, result));
        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        var shared = new SharedTask<int>(_ => true);

        await Assert.ThrowsAsync<IOException>(() => shared.GetAsync(_ => Task.FromException<int>(new IOException()), Token));
        Assert.Equal(2, await shared.GetAsync(_ => Task.FromResult(2), Token));
    }

    [Fact]
    public async Task A_result_that_is_no_longer_good_is_made_anew()
    {
        var shared = new SharedTask<int>(result => result != 1);

        Assert.Equal(1, await shared.GetAsync(_ => Task.FromResult(1), Token));
        Assert.Equal(2, await shared.GetAsync(_ => Task.FromResult(2), Token));
        Assert.Equal(2, await shared.GetAsync(_ => Task.FromResult(3), Token));
    }

    [Fact]
    public async Task Work_ends_when_the_last_one_has_stopped_waiting_and_whoever_comes_next_begins_anew()
    {
        var shared = new SharedTask<int>(_ => true, endsWithWaiters: true);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var undone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        Task<int>[] waiting = [.. new[] { first, second }.Select(one => shared.GetAsync(
            async token =>
            {
                using CancellationTokenRegistration told = token.Register(stopped.SetResult);
                await undone.Task;
                token.ThrowIfCancellationRequested();
                return 1;
            },
            one.Token))];

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[0]);
        Assert.False(stopped.Task.IsCompleted);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[1]);
        await stopped.Task.WaitAsync(Token);

        // While the first attempt is still being undone.
        Assert.Equal(2, await shared.GetAsync(_ => Task.FromResult(2), Token));
        undone.SetResult();
        Assert.Equal(2, await shared.GetAsync(_ => Task.FromResult(3), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_that_is_worth_its_end_goes_on_without_anybody_and_what_follows_its_failure_does_not(bool fails)
    {
        var shared = new SharedTask<int>(_ => true, endsWithWaiters: true);
        var part = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var impatient = new CancellationTokenSource();
        Task<int> first = shared.GetInPartsAsync(
            async attempt =>
            {
                try
                {
                    return await attempt.FinishAsync(() =>
                    {
                        begun.SetResult();
                        return part.Task;
                    });
                }
                catch (IOException)
                {
                    attempt.Token.Register(stopped.SetResult);
                    throw;
                }
            },
            impatient.Token);
        await begun.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        if (fails)
        {
            part.SetException(new IOException());
            await stopped.Task.WaitAsync(Token);
        }
        else
        {
            part.SetResult(4);
        }

        Assert.Equal(fails ? 5 : 4, await shared.GetInPartsAsync(_ => Task.FromResult(5), Token));
    }

    [Fact]
    public async Task Work_that_is_worth_its_end_goes_on_without_anybody_and_the_next_one_has_it()
    {
        var shared = new SharedTask<int>(_ => true);
        var gate = new TaskCompletionSource<int>();
        using var impatient = new CancellationTokenSource();
        Task<int> first = shared.GetAsync(
            token =>
            {
                Assert.False(token.CanBeCanceled && token.IsCancellationRequested);
                return gate.Task;
            },
            impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult(4);

        Assert.Equal(4, await shared.GetAsync(_ => Task.FromResult(5), Token));
    }

    [Fact]
    public async Task A_caller_that_stops_waiting_does_not_stop_the_others()
    {
        var gate = new TaskCompletionSource<int>();
        var shared = new SharedTask<int>(_ => true);
        using var impatient = new CancellationTokenSource();
        Task<int> first = shared.GetAsync(_ => gate.Task, impatient.Token);
        Task<int> second = shared.GetAsync(_ => gate.Task, Token);
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult(5);
        Assert.Equal(5, await second);
    }
}
