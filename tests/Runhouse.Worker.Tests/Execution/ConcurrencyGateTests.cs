using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Tests.Execution;

public sealed class ConcurrencyGateTests
{
    [Fact]
    public void Calls_beyond_the_limit_wait_and_start_in_the_order_of_their_arrival()
    {
        var gate = new ConcurrencyGate();
        var started = new List<int>();

        Assert.True(gate.TryEnter(new Call(0, started), 2));
        Assert.True(gate.TryEnter(new Call(1, started), 2));
        Assert.False(gate.TryEnter(new Call(2, started), 2));
        Assert.False(gate.TryEnter(new Call(3, started), 2));
        Assert.False(gate.TryEnter(new Call(4, started), 2));
        Assert.Empty(started);
        gate.Exit();
        Assert.Equal([2], started);
        gate.Exit();
        gate.Exit();
        Assert.Equal([2, 3, 4], started);
    }

    [Fact]
    public void A_call_that_need_not_wait_allocates_nothing()
    {
        var gate = new ConcurrencyGate();
        var call = new Call(0, []);
        gate.TryEnter(call, 1);
        gate.Exit();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            gate.TryEnter(call, 1);
            gate.Exit();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Call(int number, List<int> started) : IGatedCall
    {
        public void Start() => started.Add(number);
    }
}
