using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

public sealed class LoneCallTests
{
    [Fact]
    public void A_call_is_alone_once_it_has_written_much_and_until_another_one_writes()
    {
        var lone = new LoneCall();
        for (int i = 0; i < 15; i++)
            lone.Add(7, 64 * 1024);
        Assert.False(lone.IsAlone);
        lone.Add(7, 64 * 1024);
        Assert.True(lone.IsAlone);

        // Of the connection itself there is little, and it is no other call's.
        lone.Add(0, 8);
        Assert.True(lone.IsAlone);

        lone.Add(8, 1);
        Assert.False(lone.IsAlone);
        lone.Add(7, 64 * 1024);
        Assert.False(lone.IsAlone);
    }
}
