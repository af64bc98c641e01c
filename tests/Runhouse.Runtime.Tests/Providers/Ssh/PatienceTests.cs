using Microsoft.Extensions.Time.Testing;
using Runhouse.Runtime.Providers.Ssh.Credentials;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public class PatienceTests
{
    [Fact]
    public void What_a_person_takes_does_not_count()
    {
        var time = new FakeTimeProvider();
        using var patience = new Patience(TimeSpan.FromSeconds(10), time);
        time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal("answer", patience.Ask(() =>
        {
            time.Advance(TimeSpan.FromMinutes(5));
            return "answer";
        }));

        Assert.Equal(TimeSpan.FromSeconds(6), patience.Left);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(patience.End.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(patience.End.IsCancellationRequested);
    }
}
