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
