using Runhouse.Simulation.Time;

namespace Runhouse.Simulation.Tests;

/// <summary>The clock that only events move.</summary>
public sealed class VirtualTimeTests
{
    [Fact]
    public void What_waits_happens_in_its_order_and_the_clock_stands_there()
    {
        var time = new VirtualTime();
        var seen = new List<(string, TimeSpan)>();
        bool isOver = false;
        time.At(TimeSpan.FromHours(2), () => seen.Add(("second", time.Now)));
        time.At(TimeSpan.FromHours(2), () => seen.Add(("third", time.Now)));
        time.At(TimeSpan.FromHours(1), () => seen.Add(("first", time.Now)));
        time.At(TimeSpan.FromHours(1.5), () => seen.Add(("never", time.Now))).Dispose();
        time.At(TimeSpan.FromHours(3), () => isOver = true);
        time.Run(() => isOver);
        Assert.Equal([("first", TimeSpan.FromHours(1)), ("second", TimeSpan.FromHours(2)), ("third", TimeSpan.FromHours(2))], seen);
        Assert.Equal(VirtualTime.Start + TimeSpan.FromHours(3), time.GetUtcNow());
    }

    [Fact]
    public void Pauses_and_timers_go_by_it()
    {
        var time = new VirtualTime();
        var ticks = new List<TimeSpan>();
        Task pause = PauseAsync();
        using (time.CreateTimer(_ => ticks.Add(time.Now), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20)))
            time.Run(() => pause.IsCompleted);
        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(50)], ticks);
        Assert.Equal(TimeSpan.FromSeconds(60), time.Now);

        async Task PauseAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(25), time, TestContext.Current.CancellationToken).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(35), time, TestContext.Current.CancellationToken).ConfigureAwait(false);
        }
    }

    [Fact]
    public void A_simulation_in_which_nothing_happens_any_more_is_an_error()
        => Assert.Contains("nothing is left to happen", Assert.Throws<InvalidOperationException>(() => new VirtualTime().Run(static () => false)).Message, StringComparison.Ordinal);
}
