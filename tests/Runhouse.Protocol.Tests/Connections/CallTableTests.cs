using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Connections;

public sealed class CallTableTests
{
    private static readonly HostUnreachableException Retired = new("retired");

    [Fact]
    public void An_idle_table_closes_and_takes_no_more_calls()
    {
        var calls = new CallTable(maxCalls: 10);
        Assert.Null(calls.CloseIfIdle(Retired));
        Assert.Same(Retired, Assert.Throws<HostUnreachableException>(() => calls.Add(new Pending(), streams: null, deadline: 0, flow: null, out _)));
    }

    [Fact]
    public async Task A_call_that_comes_when_the_last_has_ended_keeps_the_table_open()
    {
        var calls = new CallTable(maxCalls: 10);
        calls.Add(new Pending(), streams: null, deadline: 0, flow: null, out ulong first);
        Task idle = calls.CloseIfIdle(Retired)!;
        Assert.True(calls.TryRemove(first, out _, out _));
        await idle;

        // Between the end of the first and whoever waited for it.
        calls.Add(new Pending(), streams: null, deadline: 0, flow: null, out ulong second);
        Task again = calls.CloseIfIdle(Retired)!;
        Assert.False(again.IsCompleted);
        Assert.True(calls.TryRemove(second, out _, out _));
        await again;
        Assert.Null(calls.CloseIfIdle(Retired));
    }

    private sealed class Pending : IPendingCall
    {
        public RemoteMethod Method => TestMethods.Echo;

        public TimeSpan? Timeout => null;

        public void OnResult(scoped in FramePayload payload)
        {
        }

        public void OnError(scoped in FramePayload payload)
        {
        }

        public void OnFailed(Exception error)
        {
        }
    }
}
