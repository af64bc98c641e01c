using System.Text.Json;
using Runhouse.Protocol.Control;
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
        await using ClusterConnection cluster = Connect(host, options);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Contains("did not answer within 0.2 s (Runhouse:ConnectTimeout)", error.Message, StringComparison.Ordinal);
        Assert.Single(host.Requests, static request => request.Path.EndsWith("/relay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_whose_end_its_host_has_not_noticed_yet_is_waited_for_and_the_next_one_is_taken()
    {
        string named = "w1";
        await using var host = new FakeHost(request => request.Path switch
        {
            // Named until somebody has waited for its end: however often it is asked for before, it is the same.
            var path when path.StartsWith("/v1/workers/w1?wait=", StringComparison.Ordinal) => Ended(named = "w2"),
            "/v1/workers/w1/relay" => Gone,
            "/v1/workers/w2/relay" => new FakeReply(403, """{"code":"wrong-token","message":"The second worker was asked."}"""),
            _ => Attached(named),
        });
        await using ClusterConnection cluster = Connect(host);

        var error = await Assert.ThrowsAsync<CredentialsException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Equal("The second worker was asked.", error.Message);
        Assert.Single(host.Requests, static request => request.Path.EndsWith("w1/relay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workers_that_end_one_after_the_other_before_they_are_reached_are_an_error_that_says_how_the_last_one_ended()
    {
        int named = 0;
        await using var host = new FakeHost(request => request.Path switch
        {
            var path when path.EndsWith("/relay", StringComparison.Ordinal) => Gone,
            var path when path.Contains("?wait=", StringComparison.Ordinal) => Ended($"w{named}"),
            _ => Attached($"w{++named}"),
        });
        await using ClusterConnection cluster = Connect(host);

        var error = await Assert.ThrowsAsync<WorkerLostException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Equal((WorkerLossReason.Killed, 9), (error.Reason, error.Signal));
        Assert.Contains("Worker w3 (process 42)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_ends_as_soon_as_it_was_found_is_not_the_end_of_the_call()
    {
        await using var live = new FakeHost(static _ => new FakeReply(403, """{"code":"wrong-token","message":"The third host was asked."}"""));
        int asked = 0;
        await using ClusterConnection cluster = await ConnectToAsync(() => ++asked < 3 ? null : live.Client());

        // The answer of the last one that is asked, so that nothing more is looked for.
        var error = await Assert.ThrowsAsync<CredentialsException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Equal(("The third host was asked.", 3), (error.Message, asked));
    }

    [Fact]
    public async Task Hosts_that_end_one_after_the_other_are_an_error()
    {
        int asked = 0;
        await using ClusterConnection cluster = await ConnectToAsync(() =>
        {
            asked++;
            return null;
        });
        await Assert.ThrowsAsync<HostUnreachableException>(() => cluster.AttachAsync("tuner", TestContext.Current.CancellationToken));
        Assert.Equal(3, asked);
    }

    private static FakeReply Gone => new(503, """{"code":"worker-gone","message":"Worker w1 (Serving) does not answer on its socket."}""");

    private static FakeReply Attached(string worker)
        => new(200, $$"""{"workerId":"{{worker}}","deployment":"d1","host":"h","hostId":"host-1","socketPath":"/none","ticket":"AA==","objectId":1,"typeName":"T"}""");

    private static FakeReply Ended(string worker) => new(200, JsonSerializer.Serialize(
        new WorkerStatus { Id = worker, ProcessId = 42, State = WorkerState.Ended, Signal = 9, LastOutput = [] }, ControlJson.Default.WorkerStatus));

    private ClusterConnection Connect(FakeHost host, RunhouseOptions? options = null)
    {
        HostClient client = host.Client();
        return Connect(() => client, options);
    }

    private ClusterConnection Connect(Func<HostClient> find, RunhouseOptions? options = null)
    {
        var home = new RunhouseHome(_home.Path);
        return new ClusterConnection(
            ClusterSpec.Local, image: null, new ClusterStore(home, TimeProvider.System), (_, _, _) => Task.FromResult(find()), endsWithCallers: false, options ?? new RunhouseOptions(), home, new ConsoleOutput(), TimeProvider.System);
    }

    /// <param name="find">The host that is found; null for one that has just ended.</param>
    private async Task<ClusterConnection> ConnectToAsync(Func<HostClient?> find)
    {
        await using var ended = new FakeHost(static _ => new FakeReply(500, ""));
        return Connect(() => find() ?? ended.Client());
    }
}
