using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class FaultTests(SshNetwork network)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_nobody_knows_is_named()
    {
        await using SshMachine machine = new SshClientFolder(network).Machine("root@no-such-host.invalid");

        Assert.Contains("no-such-host.invalid is not known", await FailAsync(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = new SshClientFolder(network).Machine($"root@{host.Address}:23");

        Assert.Contains($"Nobody listens at {host.Address}:23", await FailAsync(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_drops_what_is_sent_is_given_up_in_time()
    {
        SshTestHost host = await network.AddHostAsync();
        await host.FilterAsync("tcp dport 22 drop");
        await using SshMachine machine = new SshClientFolder(network).Machine($"root@{host.Address}", static with => with with { ConnectTimeout = TimeSpan.FromSeconds(1) });

        Assert.Contains("within 1 s", await FailAsync(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limit_of_the_configuration_counts_when_it_is_shorter()
    {
        SshTestHost host = await network.AddHostAsync();
        await host.FilterAsync("tcp dport 22 drop");
        await using SshMachine machine = new SshClientFolder(network).Config("ConnectTimeout 1").Machine($"root@{host.Address}");

        Assert.Contains("within 1 s", await FailAsync(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_in_time()
    {
        // It takes connections and says nothing.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using SshMachine machine = new SshClientFolder(network).Machine($"root@{silent.LocalEndpoint}", static with => with with { ConnectTimeout = TimeSpan.FromSeconds(1) });

        Assert.Contains("did not answer", await FailAsync(machine), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    public async Task A_server_that_is_none_of_ssh_is_told_apart(string greeting)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        Task answering = AnswerAsync();
        await using SshMachine machine = new SshClientFolder(network).Machine($"root@{other.LocalEndpoint}");

        Assert.Contains("not as an SSH server", await FailAsync(machine), StringComparison.Ordinal);
        await answering;

        async Task AnswerAsync()
        {
            using TcpClient client = await other.AcceptTcpClientAsync(Token);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(greeting), Token);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null, Token);
        }
    }

    [Fact]
    public async Task Callers_that_come_at_once_share_one_attempt_and_its_error()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => machine.ForwardAsync(22, 0, Token)));

        Assert.Equal(1, machine.Generation);
        Assert.Equal("1", await host.RunAsync("grep -l sshd /proc/[0-9]*/comm | cut -d/ -f3 | while read -r p; do tr '\\0' ' ' < /proc/$p/cmdline; echo; done | grep -c '^sshd: root' || true"));
    }

    [Fact]
    public async Task A_command_learns_that_the_server_was_killed_and_the_next_one_connects_anew()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");
        using var output = new SignallingStream();
        Task<CommandResult> running = machine.RunAsync(new MachineCommand("echo started; sleep 4000") { Output = output }, Token);
        await output.Written.WaitAsync(Token);

        await host.RestartServerAsync();

        Assert.Contains("broke", (await Assert.ThrowsAsync<HostUnreachableException>(() => running)).Message, StringComparison.Ordinal);
        Assert.Equal("again", await machine.SayAsync("echo again"));
        Assert.Equal(2, machine.Generation);
    }

    [Fact]
    public async Task A_connection_over_which_nothing_comes_back_is_noticed_even_while_much_is_sent()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network, host)).Config("ServerAliveInterval 1\nServerAliveCountMax 2");
        await using SshMachine machine = client.Machine($"root@{host.Address}");
        using var output = new SignallingStream();
        Task<CommandResult> running = machine.RunAsync(new MachineCommand("cat") { Input = new EndlessInput(), Output = output }, Token);
        Task<CommandResult> idle = machine.RunAsync(new MachineCommand("sleep 4000"), Token);
        await output.Written.WaitAsync(Token);

        await host.SetLinkAsync(up: false);

        Assert.Contains("does not answer any more", (await Assert.ThrowsAsync<HostUnreachableException>(() => running)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<HostUnreachableException>(() => idle);
        await host.SetLinkAsync(up: true);
        Assert.Equal("again", await machine.SayAsync("echo again"));
    }

    [Fact]
    public async Task An_abandoned_way_is_replaced_and_a_newer_one_is_not()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");
        await machine.SayAsync("true");
        await host.FilterAsync("tcp dport 22 ct state established drop");

        machine.Abandon(machine.Generation);
        await host.UnfilterAsync();
        await machine.SayAsync("true");
        machine.Abandon(since: 1);
        await machine.SayAsync("true");

        Assert.Equal(2, machine.Generation);
    }

    [Fact]
    public async Task A_machine_that_is_silent_is_no_obstacle_to_the_end()
    {
        SshTestHost host = await network.AddHostAsync();
        SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");
        using var output = new SignallingStream();
        Task<CommandResult> running = machine.RunAsync(new MachineCommand("cat") { Input = new EndlessInput(), Output = output }, Token);
        await output.Written.WaitAsync(Token);
        await host.SetLinkAsync(up: false);

        await machine.DisposeAsync();

        await Assert.ThrowsAsync<HostUnreachableException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => machine.SayAsync("true"));
    }

    private static async Task<string> FailAsync(SshMachine machine)
        => (await Assert.ThrowsAsync<HostUnreachableException>(() => machine.RunAsync(new MachineCommand("true"), Token))).Message;
}
