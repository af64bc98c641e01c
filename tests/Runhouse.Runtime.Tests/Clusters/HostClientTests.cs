using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests.Clusters;

public class HostClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(401, """{"code":"no-token","message":"No token. Send one."}""", typeof(CredentialsException), "Send one")]
    [InlineData(403, """{"code":"wrong-token","message":"Wrong token. Take another."}""", typeof(CredentialsException), "Take another")]
    [InlineData(403, "<html>", typeof(CredentialsException), "refused the token")]
    [InlineData(404, """{"code":"not-found","message":"No such thing; near: tuner-1."}""", typeof(RemoteNotFoundException), "near: tuner-1")]
    [InlineData(404, """{"code":"lost","message":"It was lost. Create it again."}""", typeof(ObjectLostException), "Create it again")]
    [InlineData(409, """{"code":"snapshot","message":"It could not be brought here."}""", typeof(SnapshotException), "brought here")]
    [InlineData(404, "<html>", typeof(HostUnreachableException), "another program's port")]
    [InlineData(503, """{"code":"worker-gone","message":"It ended. Connect again."}""", typeof(WorkerLostException), "Connect again")]
    [InlineData(409, """{"code":"did-not-start","message":"It threw."}""", typeof(DeploymentException), "It threw")]
    [InlineData(422, """{"code":"invalid","message":"A path leads outside."}""", typeof(DeploymentException), "leads outside")]
    [InlineData(503, """{"code":"stopping","message":"The host stops."}""", typeof(HostUnreachableException), "stops")]
    [InlineData(500, "", typeof(RemoteException), "answered 500")]
    [InlineData(200, "not json", typeof(HostUnreachableException), "not understood")]
    public async Task Answers_become_typed_errors(int status, string body, Type expected, string part)
    {
        await using var host = new FakeHost(_ => new FakeReply(status, body));
        using HostClient client = host.Client();

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => HostObjects.ConnectAsync(client, "tuner", Token));
        Assert.IsType(expected, error);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable_and_names_the_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var client = new HostClient(new HostAddress(new Uri($"http://127.0.0.1:{port}/"), "t", "h", "local"), TimeSpan.FromSeconds(10));

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => client.ConnectAsync("d1", request: null, Token));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("Nobody listens", error.Message, StringComparison.Ordinal);
        Assert.False(await client.AnswersAsync(Token));
    }

    [Fact]
    public async Task A_deployment_that_the_host_does_not_have_is_no_error()
    {
        await using var host = new FakeHost(_ => new FakeReply(404, """{"code":"not-found","message":"No such deployment."}"""));
        using HostClient client = host.Client();

        Assert.Null(await client.ConnectAsync("d1", request: null, Token));
    }

    [Fact]
    public async Task A_host_that_hangs_over_long_work_is_unreachable_once_it_answers_nobody()
    {
        await using var host = new FakeHost(static request =>
        {
            request.Stopping.WaitHandle.WaitOne();
            return new FakeReply(200, "{}");
        });
        using var client = new HostClient(host.Address, TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAsync<HostUnreachableException>(() => client.ConnectAsync("d1", request: null, Token));
    }

    [Fact]
    public async Task A_host_that_answers_others_may_take_its_time()
    {
        int asked = 0;
        var enough = new TaskCompletionSource();
        await using var host = new FakeHost(request =>
        {
            if (request.Method == "POST")
                enough.Task.Wait(request.Stopping);
            else if (Interlocked.Increment(ref asked) == 3)
                enough.SetResult();
            return new FakeReply(200, """{"workerId":"w1","deployment":"d1","host":"h","hostId":"host-1","socketPath":"/s","ticket":"AA=="}""");
        });

        // Long enough for the answers of a busy machine, which are waited for half as long each.
        using var client = new HostClient(host.Address, TimeSpan.FromSeconds(4));

        Assert.Equal("w1", (await client.ConnectAsync("d1", request: null, Token))!.WorkerId);
    }

    [Fact]
    public async Task Requests_carry_the_token_and_escaped_names()
    {
        await using var host = new FakeHost(_ => new FakeReply(
            200, """{"workerId":"w1","deployment":"d1","host":"h","hostId":"host-1","socketPath":"/s","ticket":"AA==","objectId":18446744073709551615,"typeName":"T"}"""));
        using HostClient client = host.Client();

        ConnectReply reply = await HostObjects.ConnectAsync(client, "a/b c", Token);

        FakeRequest request = Assert.Single(host.Requests);
        Assert.Equal(("POST", "/v1/objects/connect?name=a%2Fb%20c", "Bearer secret"), (request.Method, request.Path, request.Headers["Authorization"]));
        Assert.Equal((ulong.MaxValue, "T"), (reply.ObjectId, reply.TypeName));
    }

    [Fact]
    public async Task A_relay_is_a_stream_both_ways()
    {
        await using var host = new FakeHost(_ => new FakeReply(101));
        using HostClient client = host.Client();

        IDuplexPipe relay = await client.OpenRelayAsync("w1", Token);
        await using var transport = (IAsyncDisposable)relay;
        await relay.Output.WriteAsync("frames"u8.ToArray(), Token);
        ReadResult echo = await relay.Input.ReadAtLeastAsync(6, Token);

        Assert.Equal("frames", Encoding.ASCII.GetString(echo.Buffer));
        FakeRequest request = Assert.Single(host.Requests);
        Assert.Equal(("/v1/workers/w1/relay", "runhouse/1"), (request.Path, request.Headers["Upgrade"]));
    }

    [Fact]
    public async Task More_relays_than_there_are_threads_for_work_alike()
    {
        await using var host = new FakeHost(_ => new FakeReply(101));
        using HostClient client = host.Client();
        var relays = new List<IDuplexPipe>();
        for (int i = 0; i < 80; i++)
            relays.Add(await client.OpenRelayAsync("w1", Token));

        foreach (IDuplexPipe relay in relays)
        {
            await relay.Output.WriteAsync("frames"u8.ToArray(), Token);
            ReadResult echo = await relay.Input.ReadAtLeastAsync(6, Token);
            Assert.Equal("frames", Encoding.ASCII.GetString(echo.Buffer));
        }

        foreach (IAsyncDisposable relay in relays.Cast<IAsyncDisposable>())
            await relay.DisposeAsync();
    }

    [Fact]
    public async Task A_refused_relay_is_the_hosts_error()
    {
        await using var host = new FakeHost(_ => new FakeReply(404, """{"code":"not-found","message":"No worker w1."}"""));
        using HostClient client = host.Client();

        await Assert.ThrowsAsync<RemoteNotFoundException>(() => client.OpenRelayAsync("w1", Token));
    }
}
