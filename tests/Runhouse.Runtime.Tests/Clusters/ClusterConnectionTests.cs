using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Tests.Clusters;

public sealed class ClusterConnectionTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_worker_that_does_not_answer_in_time_is_not_waited_for_twice()
    {
        await using var host = new FakeHost(static request =>
        {
            if (request.Path.EndsWith("/relay", StringComparison.Ordinal))
                request.Stopping.WaitHandle.WaitOne();
            return new FakeReply(200, """{"workerId":"w1","deployment":"d1","host":"h","hostId":"host-1","socketPath":"/none","ticket":"AA==","objectId":1,"typeName":"T"}""");
        });
        var options = new RunhouseOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) };
        using HostClient client = host.Client();
        await using var cluster = new ClusterConnection(ClusterSpec.Local, image: null, new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System), (_, _, _) => Task.FromResult(client), options, new RunhouseHome(_home.Path), new ConsoleOutput(), TimeProvider.System);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Contains("did not answer within 0.2 s (Runhouse:ConnectTimeout)", error.Message, StringComparison.Ordinal);
        Assert.Single(host.Requests, static request => request.Path.EndsWith("/relay", StringComparison.Ordinal));
    }
}
