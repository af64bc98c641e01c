using System.Globalization;
using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>The way of calls on machines that others use too: to the worker's socket, which only its user reaches, or through the host's port by TLS.</summary>
public sealed class WorkerSocketTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_go_to_the_workers_socket_and_the_host_alone_listens_on_a_port()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        ClusterHostAccess access = Assert.Single(await cluster.AccessAsync(Stop));
        Assert.NotNull(access.Credentials!.Fingerprint);
        string ports = await machines[0].RunAsync("ss -ltnH | awk '{ print $4 }' | sort");
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:22\n127.0.0.1:{access.Credentials.Port}"), ports);

        // Nothing of them passes the host.
        int host = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        await machines[0].RunAsync(string.Create(CultureInfo.InvariantCulture, $"kill -STOP {host}"));
        Assert.Equal(7, await Jobs.Remote.On(cluster).AddAsync(3, 4));
        Assert.Equal(100_000, await Jobs.Remote.On(cluster).CountAsync(100_000, Stop).CountAsync(Stop));
        await machines[0].RunAsync(string.Create(CultureInfo.InvariantCulture, $"kill -CONT {host}"));
    }

    [Fact]
    public async Task A_machine_whose_server_opens_no_sockets_relays_calls_through_the_hosts_port()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await machines[0].RestartServerAsync("AllowStreamLocalForwarding no");
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        Assert.Equal(100_000, await Jobs.Remote.On(cluster).CountAsync(100_000, Stop).CountAsync(Stop));
        byte[] data = new byte[2 << 20];
        Random.Shared.NextBytes(data);
        Assert.Equal(data, await Jobs.Remote.On(cluster).EchoAsync(data));
        await using CounterRemote counter = await Counter.Remote.On(cluster).CreateAsync(40);
        Assert.Equal(41, await counter.IncrementAsync());
        await machines[0].RunAsync("pkill -9 -f 'ssh[d]: ada'");
        Assert.Equal(42, await counter.IncrementAsync());
    }

    [Fact]
    public async Task Whoever_takes_the_port_of_a_host_that_has_ended_is_sent_nothing_and_the_next_call_starts_another_host()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        ClusterHostStatus before = (await cluster.StatusAsync(Stop)).Hosts[0];
        int port = Assert.Single(await cluster.AccessAsync(Stop)).Credentials!.Port;
        string token = await machines[0].RunAsync("sed -n 's/.*\"token\": *\"\\([^\"]*\\)\".*/\\1/p' /home/ada/.runhouse/hosts/*/host.json");
        Assert.NotEqual("", token);
        await machines[0].RunAsync(string.Create(CultureInfo.InvariantCulture, $"cat > /run/thief.pl; kill -9 {before.Status!.ProcessId}; perl /run/thief.pl {port}"), Thief);

        // This program still has the host's client, with its token.
        await cluster.RunAsync("true", cancellationToken: Stop);
        Assert.Equal(2, await Jobs.Remote.On(cluster).AddAsync(1, 1));
        Assert.NotEqual(before.Status.ProcessId, (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId);
        Assert.Equal("heard", await machines[0].RunAsync("test -s /tmp/heard && echo heard"));
        Assert.Equal("0", await machines[0].RunAsync($"grep -acE 'HTTP|Bearer|{token}' /tmp/heard || true"));
    }

    // Another user, who answers everything that comes and writes it down. The parent says that it listens by ending.
    private const string Thief = """
        use IO::Socket::INET;
        $( = $) = 65534; $< = $> = 65534;
        my $s;
        until ($s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 100, ReuseAddr => 1)) { select undef, undef, undef, 0.05 }
        exit if fork;
        open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; open STDIN, '</dev/null';
        while (1) {
            my $c = $s->accept or next;
            my $b;
            sysread($c, $b, 65536);
            open my $f, '>>', '/tmp/heard'; print $f $b; close $f;
            syswrite($c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            close $c;
        }
        """;
}
