using Microsoft.Extensions.Time.Testing;
using Runhouse.Worker.Hangs;

namespace Runhouse.Worker.Tests.Hangs;

public sealed class LateCallsTests
{
    private const string Spin = "App.Jobs.SpinAsync(int)";

    private static readonly string[] Spinning = ["System.Threading.Thread.Sleep()", "App.Jobs+<SpinAsync>d__3.MoveNext()", "System.Threading.ThreadPoolWorkQueue.Dispatch()"];

    private readonly FakeTimeProvider _time = new();
    private List<(string Call, string Member)> _inFlight = [];
    private List<string[]> _stacks = [];

    [Fact]
    public void A_late_call_whose_thread_is_in_the_members_code_time_after_time_hangs()
    {
        var calls = new LateCalls(() => _inFlight, () => _stacks, _time);
        (_inFlight, _stacks) = ([("w/1", Spin)], [Spinning, ["System.Threading.WaitHandle.WaitOne()"]]);
        Assert.Null(calls.FindHung([("w/1", Spin)]));

        // Not before it is time to look again.
        Assert.Null(calls.FindHung([("w/1", Spin)]));
        Assert.Null(calls.FindHung([("w/1", Spin)]));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(calls.FindHung([("w/1", Spin)]));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Spin, calls.FindHung([("w/1", Spin)]));
    }

    [Theory]
    [InlineData("App.Jobs.SpinAsync(int)")]
    [InlineData("App.Jobs.SpinAsync(string)")]
    public void Threads_that_may_be_of_calls_whose_time_is_not_over_end_nobody(string other)
    {
        var calls = new LateCalls(() => _inFlight, () => _stacks, _time);
        (_inFlight, _stacks) = ([("w/1", Spin), ("w/2", other)], [Spinning]);
        AssertNever(calls);
    }

    [Fact]
    public void A_late_call_that_waits_or_has_ended_between_two_looks_ends_nobody()
    {
        var calls = new LateCalls(() => _inFlight, () => _stacks, _time);
        _inFlight = [("w/1", Spin)];
        AssertNever(calls);
        for (int look = 0; look < 20; look++)
        {
            _stacks = look % 3 == 2 ? [] : [Spinning];
            _time.Advance(TimeSpan.FromMinutes(20));
            Assert.Null(calls.FindHung([("w/1", Spin)]));
        }
    }

    [Fact]
    public void Where_the_runtime_does_not_tell_its_stacks_nobody_is_ended()
    {
        var calls = new LateCalls(() => _inFlight, () => null, _time);
        _inFlight = [("w/1", Spin)];
        AssertNever(calls);
    }

    [Theory]
    [InlineData("App.Jobs.SpinAsync(int32)", true)]
    [InlineData("App.Jobs+<SpinAsync>d__12.MoveNext()", true)]
    [InlineData("App.Jobs+<SpinAsyncs>d__12.MoveNext()", false)]
    [InlineData("App.Jobs+<OtherAsync>d__3.MoveNext()", false)]
    [InlineData("App.Jobs.SpinAsyncTwice(int32)", false)]
    public void A_members_own_code_is_recognized(string frame, bool isIt) => Assert.Equal(isIt, new MemberFrames(Spin).Has(frame));

    private void AssertNever(LateCalls calls)
    {
        for (int look = 0; look < 10; look++)
        {
            Assert.Null(calls.FindHung([("w/1", Spin)]));
            _time.Advance(TimeSpan.FromMinutes(20));
        }
    }
}
