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
        long ticks = System.Diagnostics.Stopwatch.Frequency / 400_000;
        for (int i = 0; i < 200; i++)
            pace.Add(ticks * Pace.MostMeasuredTogether, Pace.MostMeasuredTogether);
        Assert.True(pace.IsShort(alone: false));

        // An interruption is that of one of them.
        pace.Add(System.Diagnostics.Stopwatch.Frequency, Pace.MostMeasuredTogether);
        Assert.True(pace.IsShort(alone: true));

        for (int i = 0; i < 200; i++)
            pace.Add(100 * ticks * Pace.MostMeasuredTogether, Pace.MostMeasuredTogether);
        Assert.False(pace.IsShort(alone: true));
    }

    [Fact]
    public void A_consumer_comes_to_the_reader_when_it_is_known_to_be_quick_and_for_longer_and_longer_no_more_when_it_blocks()
    {
        long ticks = System.Diagnostics.Stopwatch.Frequency / 5_000;
        var pace = new Pace { IsConsumer = true };
        Assert.False(pace.IsQuickConsumer);
        Assert.InRange(TurnsUntilQuick(pace, ticks), 1, 40);
        pace.Block();
        int first = TurnsUntilQuick(pace, ticks);
        pace.Block();
        int second = TurnsUntilQuick(pace, ticks);
        pace.Block();
        Assert.True(first >= 64 && second >= 2 * first && TurnsUntilQuick(pace, ticks) >= 2 * second);

        // Not by another way either, however short it is otherwise.
        pace.Block();
        for (int i = 0; i < 100; i++)
            pace.Add(1);
        Assert.False(pace.IsShort(alone: true));
        Assert.False(pace.IsQuickConsumer);

        // One that computes for long never comes.
        for (int i = 0; i < 1_000; i++)
            pace.Add(100 * ticks);
        Assert.False(pace.IsQuickConsumer);

        static int TurnsUntilQuick(Pace pace, long ticks)
        {
            int turns = 0;
            for (; !pace.IsQuickConsumer; turns++)
                pace.Add(ticks);
            return turns;
        }
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
