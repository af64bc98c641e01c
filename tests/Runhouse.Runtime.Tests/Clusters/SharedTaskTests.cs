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
