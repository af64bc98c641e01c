using System.Globalization;
using System.Text;
using Runhouse.Runtime.Clusters;
using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>Remote code on machines that have a port open for it.</summary>
public sealed class OpenPortTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_go_straight_to_an_open_port_when_nothing_comes_through_SSH_any_more()
    {
        (Cluster bare, SshTestHost[] machines) = await _clusters.CreateAsync();
        Cluster cluster = bare.WithOpenPort();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        ClusterHostAccess access = Assert.Single(await cluster.AccessAsync(Stop));
        Assert.Equal(new Uri($"https://{machines[0].Address}:{Cluster.DefaultOpenPort}/"), access.Address);
        Assert.Equal("600", await machines[0].RunAsync("stat -c %a /home/ada/.runhouse/hosts/*/certificate.pfx"));
        await machines[0].KillServerAsync();
        await machines[0].FilterAsync("tcp dport 22 drop");

        // The build travels that way too.
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        Assert.Equal(100_000, await Jobs.Remote.On(cluster).CountAsync(100_000, Stop).CountAsync(Stop));
        byte[] data = new byte[2 << 20];
        Random.Shared.NextBytes(data);
        Assert.Equal(data, await Jobs.Remote.On(cluster).EchoAsync(data));
        await using CounterRemote counter = await Counter.Remote.On(cluster).CreateAsync(40);
        Assert.Equal(41, await counter.IncrementAsync());
        using var line = new AwaitedLine($"said on {cluster.Name}");
        await Jobs.Remote.On(cluster).SayAsync(line.Text);
        await line.Written.WaitAsync(Stop);
    }

    [Fact]
    public async Task No_call_notices_that_the_token_and_the_certificate_are_replaced()
    {
        (Cluster bare, SshTestHost[] machines) = await _clusters.CreateAsync();
        Cluster cluster = bare.WithOpenPort(0);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> call = Jobs.Remote.On(cluster).WaitForFileAsync("/tmp/go", new Beginning(began), Stop);
        await began.Task.WaitAsync(Stop);
        ClusterHostAccess before = Assert.Single(await cluster.AccessAsync(Stop));

        // Twice, so that the token from before is taken no longer.
        await cluster.RotateAsync(Stop);
        ClusterHostAccess after = Assert.Single(await cluster.RotateAsync(Stop));
        Assert.NotEqual(before.Credentials!.Fingerprint, after.Credentials!.Fingerprint);
        Assert.True(after.Credentials.TokenCreatedAt > before.Credentials.TokenCreatedAt);

        // The connection breaks with the next thing that is sent over it; the session goes on over another, which takes the new ones.
        await machines[0].FilterAsync(string.Create(CultureInfo.InvariantCulture, $"tcp dport {before.Address!.Port} counter reject with tcp reset"));
        Task<int> next = Jobs.Remote.On(cluster).AddAsync(1, 2).AsTask();
        await machines[0].RunAsync("until nft list table inet fault | grep -q 'packets [1-9]'; do sleep 0.05; done");
        await machines[0].UnfilterAsync();
        Assert.Equal(3, await next);
        await machines[0].RunAsync("touch /tmp/go; chmod a+r /tmp/go");
        Assert.Equal(1, await call);
        Assert.Equal(before.Credentials.Port, after.Credentials.Port);
    }

    [Fact]
    public async Task A_port_that_a_firewall_closes_is_named_with_what_opens_it_and_the_host_still_goes_down()
    {
        (Cluster bare, SshTestHost[] machines) = await _clusters.CreateAsync();
        Cluster cluster = bare.WithOpenPort();
        await machines[0].FilterAsync($"iifname eth0 tcp dport {Cluster.DefaultOpenPort} reject with tcp reset");
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains($"is not reached from here at {machines[0].Address}:{Cluster.DefaultOpenPort}", error.Message, StringComparison.Ordinal);
        Assert.Contains("firewalls", error.Message, StringComparison.Ordinal);
        Assert.Contains("WithOpenPort", error.Message, StringComparison.Ordinal);

        // Without it, SSH carries the calls, to the same host.
        Assert.Equal(3, await Jobs.Remote.On(Cluster.Ssh(cluster.Name, cluster.HostNames)).AddAsync(1, 2));
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal(ClusterHostState.Down, Assert.Single((await cluster.StatusAsync(Stop)).Hosts).State);
    }

    [Fact]
    [Acceptance(19)]
    [Acceptance(48)]
    public async Task A_machine_without_an_answer_a_closed_port_another_certificate_and_a_wrong_token_are_four_errors_with_a_next_step()
    {
        (Cluster bare, SshTestHost[] machines) = await _clusters.CreateAsync();
        Cluster cluster = bare.WithOpenPort(0);
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        ClusterHostAccess access = Assert.Single(await cluster.AccessAsync(Stop));
        string fingerprint = access.Credentials!.Fingerprint!;
        string place = $"{machines[0].Address}:{access.Address!.Port}";

        RemoteException token = await ErrorAsync(access.Address, fingerprint);
        Assert.IsType<CredentialsException>(token);
        Assert.Contains("The token is wrong", token.Message, StringComparison.Ordinal);
        Assert.Contains("read host.json again", token.Message, StringComparison.Ordinal);

        // What SSH brings is another fingerprint than the one that is shown, whether somebody is in between or not.
        string pinned = new('0', fingerprint.Length);
        await machines[0].RunAsync($"sed -i 's/{fingerprint}/{pinned}/' /home/ada/.runhouse/hosts/*/host.json");
        var certificate = await Assert.ThrowsAsync<HostUnreachableException>(() => bare.WithOpenPort(access.Address.Port).UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains(place, certificate.Message, StringComparison.Ordinal);
        Assert.Contains(fingerprint, certificate.Message, StringComparison.Ordinal);
        Assert.Contains(pinned, certificate.Message, StringComparison.Ordinal);
        Assert.Contains("Find out who has that address", certificate.Message, StringComparison.Ordinal);
        await machines[0].RunAsync($"sed -i 's/{pinned}/{fingerprint}/' /home/ada/.runhouse/hosts/*/host.json");

        await machines[0].FilterAsync(string.Create(CultureInfo.InvariantCulture, $"tcp dport {access.Address.Port} drop"));
        RemoteException silence = await ErrorAsync(access.Address, fingerprint, connectSeconds: 1);
        Assert.IsType<HostUnreachableException>(silence);
        Assert.Contains($"{place} did not answer in time (Runhouse:ConnectTimeout)", silence.Message, StringComparison.Ordinal);
        Assert.Contains("no firewall drops the packets", silence.Message, StringComparison.Ordinal);
        await machines[0].UnfilterAsync();

        Assert.True(await cluster.DownAsync(Stop));
        RemoteException nobody = await ErrorAsync(access.Address, fingerprint);
        Assert.IsType<HostUnreachableException>(nobody);
        Assert.Contains($"Nobody listens at https://{place}", nobody.Message, StringComparison.Ordinal);
        Assert.Contains("start it, or check the address and the port", nobody.Message, StringComparison.Ordinal);
    }

    private static async Task<RemoteException> ErrorAsync(Uri uri, string fingerprint, int connectSeconds = 60)
    {
        using var client = new HostClient(new HostAddress(uri, "wrong", "id", "box") { Fingerprint = fingerprint }, TimeSpan.FromSeconds(connectSeconds));
        return await Assert.ThrowsAnyAsync<RemoteException>(() => client.GetStatusAsync(Stop));
    }

    private sealed class Beginning(TaskCompletionSource began) : IProgress<int>
    {
        public void Report(int value) => began.TrySetResult();
    }

    /// <summary>Waits for a line of remote code on this process' console.</summary>
    private sealed class AwaitedLine : TextWriter
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TextWriter _before = Console.Out;

        public AwaitedLine(string text)
        {
            Text = text;
            Console.SetOut(this);
        }

        public string Text { get; }

        public Task Written => _written.Task;

        public override Encoding Encoding => _before.Encoding;

        public override void Write(char value) => _before.Write(value);

        public override void WriteLine(string? value)
        {
            if (value == Text)
                _written.TrySetResult();
            _before.WriteLine(value);
        }

        protected override void Dispose(bool disposing)
        {
            Console.SetOut(_before);
            base.Dispose(disposing);
        }
    }
}
