using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Integration;

/// <summary>A host whose port is open, and what opens it while that changes.</summary>
public sealed class OpenPortTests
{
    private static readonly ClusterSpec Open = new() { Name = "open", Provider = "ssh", Hosts = ["ada@folder"], OpenPort = 0 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_knows_an_old_token_and_an_old_certificate_reads_the_new_ones_and_goes_on()
    {
        var machine = new ShellMachine(hasDotnet: true);
        await using SshProvider provider = machine.ProviderOf();
        using HostClient host = await provider.GetHostAsync(Open, 0, lost: null, progress: null, Stop);
        HostAddress found = host.Address;
        Assert.True(found.IsOpen);
        Assert.Equal(Uri.UriSchemeHttps, found.Uri.Scheme);

        await RotateAsync(provider);
        Assert.Equal("open", (await host.GetStatusAsync(Stop)).Host);
        Assert.NotEqual((found.Token, found.Fingerprint), (host.Address.Token, host.Address.Fingerprint));
        Assert.Equal(found, host.Address with { Token = found.Token, Fingerprint = found.Fingerprint });

        // A way to a worker: the host does not know that one, and says so to whoever it lets in.
        await RotateAsync(provider);
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => host.OpenRelayAsync("none", Stop));

        // What comes from a stream that does not go back is not on its way before it is known that it may.
        await RotateAsync(provider);
        var objects = new ClusterObjects(_ => Task.FromResult(host), TimeProvider.System);
        byte[] value = new byte[3 << 20];
        Random.Shared.NextBytes(value);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(value, Stop);
        await pipe.Writer.CompleteAsync();
        await objects.PutAsync("once", pipe.Reader.AsStream(), cancellationToken: Stop);
        Assert.Equal(value, await objects.GetBytesAsync("once", Stop));

        // One that does is sent once more.
        await RotateAsync(provider);
        await objects.PutAsync("twice", new MemoryStream(value, 0, 1000), cancellationToken: Stop);
        Assert.Equal(value[..1000], await objects.GetBytesAsync("twice", Stop));
        Assert.True(await provider.DownAsync(Open, 0, Stop));
    }

    [Fact]
    public async Task A_host_that_is_open_serves_those_who_come_by_SSH_as_well()
    {
        var machine = new ShellMachine(hasDotnet: true);
        await using SshProvider provider = machine.ProviderOf();
        using HostClient open = await provider.GetHostAsync(Open, 0, lost: null, progress: null, Stop);
        using HostClient inside = await provider.GetHostAsync(Open with { OpenPort = null }, 0, lost: null, progress: null, Stop);
        Assert.False(inside.Address.IsOpen);
        Assert.Equal((await open.GetStatusAsync(Stop)).HostId, (await inside.GetStatusAsync(Stop)).HostId);
        Assert.True(await provider.DownAsync(Open, 0, Stop));

        // And one that was started without an open port serves those who ask for one by SSH.
        using HostClient closed = await provider.GetHostAsync(Open with { OpenPort = null }, 0, lost: null, progress: null, Stop);
        using HostClient asked = await provider.GetHostAsync(Open, 0, lost: null, progress: null, Stop);
        Assert.False(asked.Address.IsOpen);
        Assert.NotNull(asked.Address.Fingerprint);
        Assert.Equal((await closed.GetStatusAsync(Stop)).HostId, (await asked.GetStatusAsync(Stop)).HostId);
        Assert.True(await provider.DownAsync(Open, 0, Stop));
    }

    [Fact]
    public async Task A_host_that_shows_no_certificate_is_not_talked_to_and_named_with_what_ends_it()
    {
        var machine = new ShellMachine(hasDotnet: true);
        await using SshProvider provider = machine.ProviderOf();
        using HostClient host = await provider.GetHostAsync(Open with { OpenPort = null }, 0, lost: null, progress: null, Stop);
        Assert.Equal(Uri.UriSchemeHttps, host.Address.Uri.Scheme);
        string file = Path.Combine(machine.Home, ".runhouse", "hosts", "open", "host.json");
        JsonNode plain = JsonNode.Parse(await File.ReadAllTextAsync(file, Stop))!;
        plain["fingerprint"] = null;
        await File.WriteAllTextAsync(file, plain.ToJsonString(), Stop);
        var error = await Assert.ThrowsAsync<DeploymentException>(() => provider.FindHostAsync(Open, 0, Stop));
        Assert.Contains("without TLS", error.Message, StringComparison.Ordinal);
        Assert.Contains("runhouse down open", error.Message, StringComparison.Ordinal);
        Assert.True(await provider.DownAsync(Open, 0, Stop));
        Assert.Null(await provider.FindHostAsync(Open, 0, Stop));
    }

    // Twice: the token from before is taken for a while after the first time.
    private static async Task RotateAsync(SshProvider provider)
    {
        using HostClient host = Assert.IsType<HostClient>(await provider.FindHostAsync(Open, 0, Stop));
        await host.RotateAsync(Stop);
        await host.RotateAsync(Stop);
    }
}
