using Microsoft.Extensions.Time.Testing;
using Runhouse.Worker.Control;

namespace Runhouse.Worker.Tests.Control;

public sealed class IdleMemoryTests
{
    private const long MiB = 1 << 20;
    private readonly FakeTimeProvider _time = new();
    private readonly IdleMemory _memory;
    private long _resident = 50 * MiB;
    private long _inUse = 50 * MiB;
    private int _calls;
    private int _collections;

    public IdleMemoryTests() => _memory = new IdleMemory(() => _calls, () => _resident, Collect, _time);

    [Fact]
    public void Much_memory_is_given_back_once_a_while_after_the_last_call()
    {
        _resident = 3000 * MiB;
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay / 2);
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay / 2);
        Assert.Equal(0, _collections);

        _time.Advance(IdleMemory.Delay / 2);
        Assert.Equal(1, _collections);
        _time.Advance(IdleMemory.Delay * 10);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Nothing_is_collected_while_a_call_runs()
    {
        (_resident, _calls) = (3000 * MiB, 1);
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay * 10);
        Assert.Equal(0, _collections);

        _calls = 0;
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay);
        Assert.Equal(1, _collections);
    }

    [Theory]
    [InlineData(50, 100, 0)] // too little to be worth it
    [InlineData(50, 120, 1)]
    [InlineData(10_000, 12_000, 0)] // what is in use is looked through each time
    [InlineData(10_000, 13_000, 1)]
    public void How_much_is_worth_a_collection_depends_on_what_is_in_use(long inUse, long resident, int expected)
    {
        (_inUse, _resident) = (inUse * MiB, 20_000 * MiB);
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay);
        _resident = resident * MiB;
        _memory.OnActivity();
        _time.Advance(IdleMemory.Delay);

        Assert.Equal(1 + expected, _collections);
    }

    private void Collect()
    {
        _collections++;
        _resident = _inUse;
    }
}
