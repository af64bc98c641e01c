using Runhouse.Runtime.Clouds;

namespace Runhouse.Runtime.Tests.Clouds;

public sealed class PatienceTests
{
    private readonly Patience _patience = new(
        new Timing { Tries = 3, FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(1) },
        static (exception, token) => exception is TimeoutException && !token.IsCancellationRequested,
        TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_is_told_later_is_sent_again_until_there_is_an_answer()
    {
        int sent = 0;
        Assert.Equal(3, await _patience.AskAsync(_ => ++sent < 3 ? throw new TimeoutException() : Task.FromResult(sent), Token));
    }

    [Fact]
    public async Task A_request_is_sent_no_more_often_than_is_said_and_a_refusal_once()
    {
        int late = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => _patience.AskAsync<int>(_ => throw new TimeoutException($"{++late}"), Token));
        Assert.Equal(3, late);

        int refused = 0;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _patience.AskAsync<int>(_ => throw new InvalidOperationException($"{++refused}"), Token));
        Assert.Equal(1, refused);
    }

    [Fact]
    public async Task What_was_found_is_remembered_until_it_is_forgotten_and_what_was_not_is_looked_for_again()
    {
        int looks = 0;
        using var remembered = new Remembered<string, int>((key, _) => ++looks == 1 ? throw new InvalidOperationException(key) : Task.FromResult(looks));

        await Assert.ThrowsAsync<InvalidOperationException>(() => remembered.GetAsync("image", Token));
        int[] found = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => remembered.GetAsync("image", Token)));
        Assert.Equal([2, 2, 2], found);
        await remembered.ForgetAsync(Token);
        Assert.Equal(3, await remembered.GetAsync("image", Token));
    }

    private sealed record Timing : CloudTiming;
}
