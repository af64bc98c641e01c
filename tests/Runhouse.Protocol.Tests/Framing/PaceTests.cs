using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

public sealed class PaceTests
{
    [Fact]
    public void Nothing_is_known_of_the_first_call() => Assert.False(new Pace().IsShort(alone: true));

    [Fact]
    public void Short_calls_become_known_as_such()
    {
        var pace = new Pace();
        for (int i = 0; i < 200; i++)
            pace.End(Pace.Begin());
        Assert.True(pace.IsShort(alone: true));
        Assert.True(pace.IsShort(alone: false));
    }

    [Fact]
    public void Calls_that_are_measured_together_count_as_each_by_itself()
    {
        var pace = new Pace();
        for (int i = 0; i < 200 / Pace.MostMeasuredTogether; i++)
            pace.Add(0, Pace.MostMeasuredTogether);
        Assert.True(pace.IsShort(alone: false));

        // Together they take long, each of them does not.
        long short1 = System.Diagnostics.Stopwatch.Frequency / 400_000;
        for (int i = 0; i < 200; i++)
            pace.Add(short1 * Pace.MostMeasuredTogether, Pace.MostMeasuredTogether);
        Assert.True(pace.IsShort(alone: false));
        for (int i = 0; i < 200; i++)
            pace.Add(100 * short1 * Pace.MostMeasuredTogether, Pace.MostMeasuredTogether);
        Assert.False(pace.IsShort(alone: true));
    }

    [Fact]
    public void One_interruption_is_no_change_of_habit_and_blocking_is()
    {
        var pace = new Pace();
        for (int i = 0; i < 200; i++)
            pace.End(Pace.Begin());

        pace.End(Pace.Begin() - System.Diagnostics.Stopwatch.Frequency);
        Assert.True(pace.IsShort(alone: true));

        pace.Block();
        Assert.False(pace.IsShort(alone: true));
        pace.End(Pace.Begin());
        Assert.False(pace.IsShort(alone: true));
    }
}
