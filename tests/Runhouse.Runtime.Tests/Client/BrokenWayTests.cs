using Microsoft.Extensions.Time.Testing;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse.Runtime.Tests.Client;

public sealed class BrokenWayTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private static readonly HostUnreachableException Refused = new("Refused.", new HttpRequestException(HttpRequestError.ConnectionError));
    private static readonly HostUnreachableException Broken = new("Broken.", new HttpRequestException(HttpRequestError.ResponseEnded));

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_host_that_has_not_been_reached_is_not_asked_again()
        => Assert.False(await new BrokenWay(Grace, _time).TryWaitAsync(Refused, _time.GetTimestamp(), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_host_whose_way_breaks_is_asked_again_for_as_long_as_the_grace_period_each_time()
    {
        var way = new BrokenWay(Grace, _time);
        for (int broken = 0; broken < 5; broken++)
        {
            int waits = 0;
            while (await TryWaitAsync(way, broken == 0 && waits == 0 ? Broken : Refused))
                waits++;
            Assert.Equal(30, waits);
            way.OnAnswer();
        }
    }

    [Fact]
    public async Task A_question_that_was_held_for_long_begins_the_time_anew()
    {
        var way = new BrokenWay(Grace, _time);
        for (int days = 0; days < 100; days++)
        {
            long asked = _time.GetTimestamp();
            _time.Advance(TimeSpan.FromDays(1));
            Assert.True(await TryWaitAsync(way, Refused, asked));
        }
    }

    private async Task<bool> TryWaitAsync(BrokenWay way, HostUnreachableException error, long? asked = null)
    {
        Task<bool> waiting = way.TryWaitAsync(error, asked ?? _time.GetTimestamp(), TestContext.Current.CancellationToken);
        _time.Advance(BrokenWay.Pause);
        return await waiting;
    }
}
