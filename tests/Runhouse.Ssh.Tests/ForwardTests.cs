using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class ForwardTests(SshNetwork network)
{
    private const int Port = 7000;
    private const string SocketPath = "/run/echo.sock";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_arrive_at_the_machines_port_and_end_one_way_at_a_time()
    {
        await using SshMachine machine = await ConnectAsync(await EchoHostAsync());
        byte[] data = RandomNumberGenerator.GetBytes(20 << 20);

        using TcpClient tcp = await OpenAsync(machine);
        NetworkStream stream = tcp.GetStream();
        Task sending = SendAsync();
        using var back = new MemoryStream();
        await stream.CopyToAsync(back, Token);
        await sending;

        Assert.Equal(SHA256.HashData(data), SHA256.HashData(back.ToArray()));

        async Task SendAsync()
        {
            await stream.WriteAsync(data, Token);
            tcp.Client.Shutdown(SocketShutdown.Send);
        }
    }

    [Fact]
    public async Task A_port_has_the_same_place_each_time()
    {
        await using SshMachine machine = await ConnectAsync(await EchoHostAsync());

        IPEndPoint place = await machine.ForwardAsync(Port, 0, Token);

        Assert.Equal(IPAddress.Loopback, place.Address);
        Assert.Equal(place, await machine.ForwardAsync(Port, 0, Token));
        Assert.NotEqual(place, await machine.ForwardAsync(22, 0, Token));
    }

    [Fact]
    public async Task A_place_may_be_chosen_unless_it_is_taken()
    {
        await using SshMachine machine = await ConnectAsync(await EchoHostAsync());
        using TcpListener taken = Take();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var error = await Assert.ThrowsAsync<IOException>(() => machine.ForwardAsync(Port, port, Token));
        Assert.Contains($"Port {port} of this machine", error.Message, StringComparison.Ordinal);
        taken.Stop();
        Assert.Equal(port, (await machine.ForwardAsync(Port, port, Token)).Port);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_ends_the_connection()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());

        using TcpClient tcp = await OpenAsync(machine);

        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task A_machine_that_forbids_forwarding_is_named()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync("AllowTcpForwarding no"));
        using (TcpClient tcp = await OpenAsync(machine))
            Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Token));

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.ForwardAsync(Port, 0, Token));

        Assert.Contains("AllowTcpForwarding", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_stands_still_stops_nobody_else()
    {
        SshTestHost host = await EchoHostAsync();
        await using SshMachine machine = await ConnectAsync(host);
        using TcpClient standing = await OpenAsync(machine);
        using TcpClient other = await OpenAsync(machine);

        // Far more than all buffers on the way hold, and nobody takes any of it.
        Task sending = standing.GetStream().WriteAsync(new byte[100 << 20], Token).AsTask();
        for (int i = 0; i < 200; i++)
        {
            await other.GetStream().WriteAsync(new byte[1000], Token);
            await other.GetStream().ReadExactlyAsync(new byte[1000], Token);
        }

        Assert.Equal("ok", await machine.SayAsync("echo ok"));
        Assert.False(sending.IsCompleted);
        standing.Client.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => sending);
    }

    [Fact]
    public async Task Many_connections_at_once_are_served()
    {
        await using SshMachine machine = await ConnectAsync(await EchoHostAsync());

        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            using TcpClient tcp = await OpenAsync(machine);
            byte[] data = RandomNumberGenerator.GetBytes(5000 + i);
            await tcp.GetStream().WriteAsync(data, Token);
            byte[] back = new byte[data.Length];
            await tcp.GetStream().ReadExactlyAsync(back, Token);
            Assert.Equal(data, back);
        }));

        Assert.Equal(1, machine.Generation);
    }

    [Fact]
    public async Task Connections_end_with_the_machines_server_and_the_port_is_forwarded_anew()
    {
        SshTestHost host = await EchoHostAsync();
        await using SshMachine machine = await ConnectAsync(host);
        using TcpClient tcp = await OpenAsync(machine);
        await tcp.GetStream().WriteAsync(new byte[1], Token);
        await tcp.GetStream().ReadExactlyAsync(new byte[1], Token);

        await host.RestartServerAsync();

        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Token));
        using TcpClient again = await OpenAsync(machine);
        await again.GetStream().WriteAsync(new byte[1], Token);
        await again.GetStream().ReadExactlyAsync(new byte[1], Token);
    }

    [Fact]
    public async Task A_socket_of_the_machine_is_reached_and_one_that_is_not_there_is_not()
    {
        await using SshMachine machine = await ConnectAsync(await EchoHostAsync());
        byte[] data = RandomNumberGenerator.GetBytes(5 << 20);

        using Socket socket = Assert.IsType<Socket>(await machine.ConnectAsync(SocketPath, Token));
        await using var stream = new NetworkStream(socket);
        Task sending = SendAsync();
        using var back = new MemoryStream();
        await stream.CopyToAsync(back, Token);
        await sending;

        Assert.Equal(SHA256.HashData(data), SHA256.HashData(back.ToArray()));
        Assert.Null(await machine.ConnectAsync("/run/nobody.sock", Token));

        async Task SendAsync()
        {
            await stream.WriteAsync(data, Token);
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    [Fact]
    public async Task A_way_that_leads_to_no_sockets_is_not_asked_again_until_it_is_a_new_one()
    {
        SshTestHost host = await EchoHostAsync();
        await host.RestartServerAsync("AllowStreamLocalForwarding no");
        await using SshMachine machine = await ConnectAsync(host);
        Assert.Null(await machine.ConnectAsync(SocketPath, Token));
        machine.ForgoSockets(machine.Generation);
        Assert.Null(await machine.ConnectAsync(SocketPath, Token));

        await host.RestartServerAsync();
        Assert.Equal("ok", await machine.SayAsync("echo ok"));
        Assert.NotNull(await machine.ConnectAsync(SocketPath, Token));
    }

    // Not one of those that the system gives away: another test might get it as soon as it is free.
    private static TcpListener Take()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(20_000, 30_000));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }
    }

    private static async Task<TcpClient> OpenAsync(SshMachine machine)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(await machine.ForwardAsync(Port, 0, Token), Token);
        return tcp;
    }

    private async Task<SshMachine> ConnectAsync(SshTestHost host) => (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");

    // Perl is part of every Debian. The parent says that it listens by ending.
    private async Task<SshTestHost> EchoHostAsync()
    {
        SshTestHost host = await network.AddHostAsync();
        await host.RunAsync("cat > /run/echo.pl; perl /run/echo.pl", $$"""
            use IO::Socket::INET;
            use IO::Socket::UNIX;
            my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => {{Port}}, Listen => 100, ReuseAddr => 1) or die;
            my $u = IO::Socket::UNIX->new(Local => '{{SocketPath}}', Listen => 100) or die;
            exit if fork;
            $s = $u unless fork;
            open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; open STDIN, '</dev/null';
            $SIG{CHLD} = 'IGNORE';
            while (1) {
                my $c = $s->accept or next;
                next if fork;
                my $b;
                while (sysread($c, $b, 65536)) { my $o = 0; while ($o < length $b) { my $n = syswrite($c, $b, length($b) - $o, $o); exit unless $n; $o += $n; } }
                exit;
            }
            """);
        return host;
    }
}
