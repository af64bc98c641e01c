using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests.Clusters;

/// <summary>A host whose token is another one by now than the one that this process knows.</summary>
public sealed class HostAccessTests
{
    private const string Refusal = """{"code":"wrong-token","message":"The token is wrong: read host.json again."}""";
    private const string Worker = """{"workerId":"w1","deployment":"d1","host":"h","hostId":"host-1","socketPath":"/s","ticket":"AA=="}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_that_are_refused_at_once_read_the_new_token_once_and_are_let_in()
    {
        int refused = 0;
        var all = new TaskCompletionSource();
        await using var host = new FakeHost(request =>
        {
            if (IsNew(request))
                return new FakeReply(200, Worker);
            if (Interlocked.Increment(ref refused) == 4)
                all.SetResult();
            return new FakeReply(403, Refusal);
        });
        int read = 0;
        using var client = new HostClient(host.Address, TimeSpan.FromSeconds(10))
        {
            FindAgainAsync = async token =>
            {
                await all.Task.WaitAsync(token);
                Interlocked.Increment(ref read);
                return host.Address with { Token = "new" };
            },
        };

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.ConnectAsync("d1", request: null, Token)));
        Assert.Equal(1, read);
        Assert.Equal("new", client.Address.Token);
    }

    [Fact]
    public async Task A_token_that_is_still_the_same_is_wrong()
    {
        await using var host = new FakeHost(static _ => new FakeReply(403, Refusal));
        using var client = new HostClient(host.Address, TimeSpan.FromSeconds(10)) { FindAgainAsync = _ => Task.FromResult<HostAddress?>(host.Address) };

        var error = await Assert.ThrowsAsync<CredentialsException>(() => client.ConnectAsync("d1", request: null, Token));
        Assert.Contains("read host.json again", error.Message, StringComparison.Ordinal);
        Assert.Single(host.Requests);
    }

    [Fact]
    public async Task Another_host_than_before_is_not_talked_to_in_its_place()
    {
        await using var host = new FakeHost(static request => IsNew(request) ? new FakeReply(200, Worker) : new FakeReply(403, Refusal));
        using var client = new HostClient(host.Address, TimeSpan.FromSeconds(10))
        {
            FindAgainAsync = _ => Task.FromResult<HostAddress?>(host.Address with { Token = "new", HostId = "host-2" }),
        };

        await Assert.ThrowsAsync<CredentialsException>(() => client.ConnectAsync("d1", request: null, Token));
        Assert.Single(host.Requests);
    }

    [Fact]
    public async Task A_machine_that_cannot_be_asked_for_the_new_token_is_named()
    {
        await using var host = new FakeHost(static _ => new FakeReply(403, Refusal));
        using var client = new HostClient(host.Address, TimeSpan.FromSeconds(10))
        {
            FindAgainAsync = static _ => throw new HostUnreachableException("Nobody listens at box:22. Start the SSH server."),
        };

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => client.ConnectAsync("d1", request: null, Token));
        Assert.Contains("Nobody listens at box:22", error.Message, StringComparison.Ordinal);
    }

    private static bool IsNew(FakeRequest request) => request.Headers["Authorization"] == "Bearer new";
}
