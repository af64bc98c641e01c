namespace Runhouse.Runtime.Tests.Client;

public class RemoteOptionsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_timeout_is_longer_than_zero(int seconds)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new RemoteOptions { Timeout = TimeSpan.FromSeconds(seconds) });
        Assert.Contains("RemoteOptions.Timeout must be longer than zero", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_infinite_timeout_is_none()
        => Assert.Null(new RemoteOptions { Timeout = Timeout.InfiniteTimeSpan }.Timeout);
}
