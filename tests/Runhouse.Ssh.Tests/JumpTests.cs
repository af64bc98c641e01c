using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class JumpTests(SshNetwork network)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_behind_others_is_reached_through_them()
    {
        SshTestHost first = await network.AddHostAsync();
        SshTestHost second = await network.AddHostAsync();
        SshTestHost last = await BehindAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network, first, second, last)).Config($"""
            Host inner
              HostName {last.Address}
              ProxyJump ada@{first.Address},root@{second.Address}
            """);
        await using SshMachine machine = client.Machine("root@inner");

        Assert.Equal(await last.RunAsync("hostname"), await machine.SayAsync("hostname"));
        Assert.StartsWith(second.Address, await machine.SayAsync("echo $SSH_CLIENT"), StringComparison.Ordinal);
        IPEndPoint place = await machine.ForwardAsync(22, 0, Token);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(place, Token);
        using var reader = new StreamReader(tcp.GetStream(), Encoding.ASCII);
        Assert.StartsWith("SSH-2.0-OpenSSH", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_machine_on_the_way_must_be_known()
    {
        SshTestHost jump = await network.AddHostAsync();
        SshTestHost last = await BehindAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network, last)).Config($"Host inner\nHostName {last.Address}\nProxyJump root@{jump.Address}\n");
        await using SshMachine machine = client.Machine("root@inner");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));
        Assert.EndsWith($"runhouse trust {jump.Address}", error.Message, StringComparison.Ordinal);

        File.Delete(client.KnownHosts);
        client.Trust(jump);
        error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));
        Assert.EndsWith("runhouse trust inner", error.Message, StringComparison.Ordinal);
        Assert.Equal(last.HostKey, await machine.ReadHostKeyAsync());
    }

    [Fact]
    public async Task The_password_of_the_last_machine_is_not_shown_to_those_before()
    {
        SshTestHost jump = await network.AddHostAsync("PasswordAuthentication yes");
        SshTestHost last = await BehindAsync("PasswordAuthentication yes");
        SshClientFolder client = new SshClientFolder(network).Trust(jump, last).Config($"Host inner\nHostName {last.Address}\nProxyJump ada@{jump.Address}\n");
        await using SshMachine machine = client.Machine("ada@inner", static with => with with { Password = "correct horse" });

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));

        Assert.StartsWith($"ada@{jump.Address} refuses the login of 'ada'. Tried: nothing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AllowTcpForwarding yes", "Connection refused")]
    [InlineData("AllowTcpForwarding no", "AllowTcpForwarding and PermitOpen")]
    public async Task A_way_that_ends_at_the_machine_before_says_so(string sshd, string expected)
    {
        SshTestHost jump = await network.AddHostAsync(sshd);
        SshTestHost last = await BehindAsync();
        await last.KillServerAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network, jump, last)).Config($"Host inner\nHostName {last.Address}\nProxyJump root@{jump.Address}\n");
        await using SshMachine machine = client.Machine("root@inner");

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => machine.SayAsync("true"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_way_is_opened_anew()
    {
        SshTestHost jump = await network.AddHostAsync();
        SshTestHost last = await BehindAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network, jump, last)).Config($"Host inner\nHostName {last.Address}\nProxyJump root@{jump.Address}\n");
        await using SshMachine machine = client.Machine("root@inner");
        Assert.Equal("1", await machine.SayAsync("echo 1"));

        await jump.RestartServerAsync();

        Assert.Equal("2", await machine.SayAsync("echo 2"));
        Assert.Equal(2, machine.Generation);
    }

    // This machine's packets are dropped there: the others' are not.
    private async Task<SshTestHost> BehindAsync(params string[] sshd)
    {
        SshTestHost host = await network.AddHostAsync(sshd);
        await host.FilterAsync($"ip saddr {network.Address} drop");
        return host;
    }
}
