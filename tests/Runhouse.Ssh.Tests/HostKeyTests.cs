using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Providers.Ssh.HostKeys;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class HostKeyTests(SshNetwork network)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_key_is_refused_with_its_fingerprint_and_the_command_that_trusts_it()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = await SshClientFolder.ReadyAsync(network);
        await using SshMachine machine = client.Machine($"root@{host.Address}");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));
        Assert.Contains(host.HostKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"runhouse trust {host.Address}", error.Message, StringComparison.Ordinal);

        // What the command does.
        SshPublicKey shown = await machine.ReadHostKeyAsync();
        Assert.Equal(host.HostKey, shown);
        Assert.Equal(client.KnownHosts, await machine.TrustAsync(shown, Token));
        Assert.Equal("ok", await machine.SayAsync("echo ok"));
    }

    [Fact]
    [Acceptance(48)]
    public async Task A_changed_key_is_refused_with_both_fingerprints_and_the_place_of_the_known_one()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network)).Trust(host);
        SshPublicKey before = host.HostKey;
        await host.NewHostKeyAsync();
        await host.RestartServerAsync();
        await using SshMachine machine = client.Machine($"root@{host.Address}");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));

        Assert.Contains(before.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains(host.HostKey.Fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Contains("~/.ssh/known_hosts:1", error.Message, StringComparison.Ordinal);
        Assert.Contains($"ssh-keygen -f ~/.ssh/known_hosts -R '{host.Address}'", error.Message, StringComparison.Ordinal);

        // Nor is it trusted beside the one that is known, whose owner would be let in ever after.
        error = await Assert.ThrowsAsync<CredentialsException>(() => machine.TrustAsync(host.HostKey, Token));
        Assert.Contains("forget the old one with", error.Message, StringComparison.Ordinal);
        Assert.Single(await File.ReadAllLinesAsync(client.KnownHosts, Token));
    }

    [Fact]
    public async Task A_key_of_another_type_than_the_known_one_is_a_changed_key()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network)).Trust(host);
        await host.NewHostKeyAsync("ecdsa");
        await host.RestartServerAsync();
        await using SshMachine machine = client.Machine($"root@{host.Address}");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));

        Assert.Contains("Somebody may be between", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    public async Task The_key_that_is_known_is_asked_for_when_the_machine_has_several(string type)
    {
        SshTestHost host = await network.AddHostAsync();
        SshPublicKey other = await host.AddHostKeyAsync(type);
        await host.RestartServerAsync();
        SshClientFolder client = await SshClientFolder.ReadyAsync(network);
        await KnownHostsFile.AddAsync(client.KnownHosts, host.Address, other, TimeProvider.System, Token);
        await using SshMachine machine = client.Machine($"root@{host.Address}");

        Assert.Equal("ok", await machine.SayAsync("echo ok"));
    }

    [Fact]
    public async Task A_revoked_key_is_refused()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network)).Trust(host);
        await File.AppendAllTextAsync(client.KnownHosts, $"@revoked * {host.HostKey.ToLine()}\n", Token);
        await using SshMachine machine = client.Machine($"root@{host.Address}", options => options with { Fingerprint = host.HostKey.Fingerprint });

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));

        Assert.Contains("~/.ssh/known_hosts:2 marks as revoked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fingerprint_that_is_given_pins_the_key()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = await SshClientFolder.ReadyAsync(network);
        await using SshMachine right = client.Machine($"root@{host.Address}", options => options with { Fingerprint = host.HostKey.Fingerprint });
        await using SshMachine wrong = client.Machine($"root@{host.Address}", static options => options with { Fingerprint = "SHA256:AAAA" });

        Assert.Equal("ok", await right.SayAsync("echo ok"));
        var error = await Assert.ThrowsAsync<CredentialsException>(() => wrong.SayAsync("true"));
        Assert.Contains("SHA256:AAAA", error.Message, StringComparison.Ordinal);
        Assert.Contains(host.HostKey.Fingerprint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_at_another_port_is_known_with_its_port()
    {
        SshTestHost host = await network.AddHostAsync("Port 2222");
        SshClientFolder client = (await SshClientFolder.ReadyAsync(network)).Trust(host);
        await using SshMachine machine = client.Machine($"root@{host.Address}:2222");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"));
        Assert.EndsWith($"runhouse trust {host.Address} --port 2222", error.Message, StringComparison.Ordinal);
        await machine.TrustAsync(await machine.ReadHostKeyAsync(), Token);
        Assert.Equal("ok", await machine.SayAsync("echo ok"));
        Assert.Contains($"[{host.Address}]:2222 ssh-ed25519", await File.ReadAllTextAsync(client.KnownHosts, Token), StringComparison.Ordinal);
    }
}
