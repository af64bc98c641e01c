using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class LoginTests(SshNetwork network)
{
    private const string Passphrase = "opens the key";

    [Theory]
    [InlineData("ed25519", "-t", "ed25519")]
    [InlineData("rsa", "-t", "rsa", "-b", "2048")]
    [InlineData("ecdsa", "-t", "ecdsa")]
    [InlineData("pem", "-t", "rsa", "-b", "2048", "-m", "PEM")]
    public async Task Keys_of_all_usual_types_log_in(string name, params string[] options)
    {
        SshTestHost host = await network.AddHostAsync();
        string key = await network.KeyAsync("type-" + name, options);
        await host.AllowAsync("ada", key);
        await using SshMachine machine = new SshClientFolder(network).Trust(host).Machine($"ada@{host.Address}", with => with with { KeyFiles = [key] });

        Assert.Equal("ada", await machine.SayAsync("id -un"));
    }

    [Theory]
    [InlineData("locked", "-t", "ed25519")]
    [InlineData("locked-pem", "-t", "rsa", "-b", "2048", "-m", "PEM")]
    public async Task An_encrypted_key_takes_its_passphrase(string name, params string[] options)
    {
        SshTestHost host = await network.AddHostAsync();
        string key = await network.KeyAsync(name, [.. options, "-N", Passphrase]);
        await host.AllowAsync("root", key);
        SshClientFolder client = new SshClientFolder(network).Trust(host);
        string target = $"root@{host.Address}";
        await using SshMachine asking = client.Machine(target, with => with with { KeyFiles = [key], Passphrase = path => path == key ? Passphrase : null });
        await using SshMachine wrong = client.Machine(target, with => with with { KeyFiles = [key], Passphrase = static _ => "wrong" });
        await using SshMachine none = client.Machine(target, with => with with { KeyFiles = [key] });

        Assert.Equal("ok", await asking.SayAsync("echo ok"));
        Assert.Contains("cannot be opened with the passphrase", (await Assert.ThrowsAsync<CredentialsException>(() => wrong.SayAsync("true"))).Message, StringComparison.Ordinal);
        Assert.Contains($"{key} (encrypted, and no passphrase was given", (await Assert.ThrowsAsync<CredentialsException>(() => none.SayAsync("true"))).Message, StringComparison.Ordinal);
        client.Set("RUNHOUSE_SSH_PASSPHRASE", Passphrase);
        Assert.Equal("ok", await none.SayAsync("echo ok"));
    }

    [Fact]
    public async Task The_passphrase_of_a_key_that_the_machine_does_not_take_is_not_asked_for()
    {
        SshTestHost host = await network.AddHostAsync();
        string key = await network.KeyAsync("unwanted", "-t", "ed25519", "-N", Passphrase);
        SshClientFolder client = new SshClientFolder(network).Trust(host);
        await using SshMachine machine = client.Machine(
            $"root@{host.Address}", with => with with { KeyFiles = [key, network.KeyAsync("id").Result], Passphrase = static _ => throw new InvalidOperationException("asked") });

        Assert.Equal("ok", await machine.SayAsync("echo ok"));
    }

    [Theory]
    [InlineData("held-ed25519", "-t", "ed25519")]
    [InlineData("held-rsa", "-t", "rsa", "-b", "2048")]
    [InlineData("held-ecdsa", "-t", "ecdsa")]
    public async Task The_agent_signs_with_the_keys_that_it_holds(string name, params string[] options)
    {
        SshTestHost host = await network.AddHostAsync();
        string key = await network.KeyAsync(name, [.. options, "-N", Passphrase]);
        await host.AllowAsync("root", key);
        await using var agent = new TestAgent(Path.Combine(network.Folder, name + ".sock"));
        await agent.AddAsync(key, Passphrase);
        SshClientFolder client = new SshClientFolder(network).Trust(host).Set("SSH_AUTH_SOCK", agent.Socket);

        // By itself, for the file whose passphrase nobody knows, and for the public half alone.
        await using SshMachine any = client.Machine($"root@{host.Address}");
        await using SshMachine file = client.Machine($"root@{host.Address}", with => with with { KeyFiles = [key] });
        await using SshMachine half = client.Machine($"root@{host.Address}", with => with with { KeyFiles = [key + ".pub"] });

        Assert.Equal("ok", await any.SayAsync("echo ok"));
        Assert.Equal("ok", await file.SayAsync("echo ok"));
        Assert.Equal("ok", await half.SayAsync("echo ok"));
    }

    [Fact]
    public async Task A_certificate_beside_a_key_logs_in()
    {
        SshTestHost host = await network.AddHostAsync();
        string authority = await network.KeyAsync("authority");
        string key = await network.KeyAsync("certified");
        await Tool.RunAsync("ssh-keygen", ["-q", "-s", authority, "-I", "test", "-n", "root", key + ".pub"]);
        await host.RunAsync("cat > /run/authority.pub", await File.ReadAllTextAsync(authority + ".pub"));
        await host.RestartServerAsync("TrustedUserCAKeys /run/authority.pub");
        await using SshMachine machine = new SshClientFolder(network).Trust(host).Machine($"root@{host.Address}", with => with with { KeyFiles = [key] });

        Assert.Equal("ok", await machine.SayAsync("echo ok"));
    }

    [Theory]
    [InlineData("PasswordAuthentication yes")]
    [InlineData("PasswordAuthentication yes", "PubkeyAuthentication no")]
    public async Task A_password_logs_in(params string[] sshd)
    {
        SshTestHost host = await network.AddHostAsync(sshd);
        SshClientFolder client = new SshClientFolder(network).Trust(host);
        await using SshMachine right = client.Machine($"ada@{host.Address}", static with => with with { Password = "correct horse" });
        await using SshMachine wrong = client.Machine($"ada@{host.Address}", static with => with with { Password = "wrong" });

        Assert.Equal("ada", await right.SayAsync("id -un"));
        Assert.Contains("Tried: the password", (await Assert.ThrowsAsync<CredentialsException>(() => wrong.SayAsync("true"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_login_names_what_was_tried_and_what_was_not()
    {
        SshTestHost host = await network.AddHostAsync();
        SshClientFolder client = new SshClientFolder(network).Trust(host).Key(await network.KeyAsync("stranger")).Key(await network.KeyAsync("sealed", "-t", "ed25519", "-N", Passphrase), "id_rsa")
            .Set("SSH_AUTH_SOCK", "/nowhere/agent.sock");
        await using SshMachine machine = client.Machine($"root@{host.Address}");

        string message = (await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"))).Message;

        Assert.Contains("Tried: ~/.ssh/id_ed25519 (ED25519 SHA256:", message, StringComparison.Ordinal);
        Assert.Contains("~/.ssh/id_rsa (encrypted", message, StringComparison.Ordinal);
        Assert.Contains("the agent at /nowhere/agent.sock", message, StringComparison.Ordinal);
        Assert.Contains("accepts: publickey", message, StringComparison.Ordinal);
        Assert.Contains($"ssh-copy-id root@{host.Address}", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_without_a_key_is_told_to_make_one()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = new SshClientFolder(network).Trust(host).Machine($"root@{host.Address}");

        Assert.Contains("ssh-keygen -t ed25519", (await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_hangs_up_after_too_many_keys_is_told_apart()
    {
        SshTestHost host = await network.AddHostAsync("MaxAuthTries 2");
        string[] keys = [await network.KeyAsync("many-1"), await network.KeyAsync("many-2"), await network.KeyAsync("many-3")];
        await using SshMachine machine = new SshClientFolder(network).Trust(host).Machine($"root@{host.Address}", with => with with { KeyFiles = [.. keys] });

        Assert.Contains("IdentitiesOnly", (await Assert.ThrowsAsync<CredentialsException>(() => machine.SayAsync("true"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alias_of_the_configuration_is_a_machine()
    {
        SshTestHost host = await network.AddHostAsync("Port 2200");
        string key = await network.KeyAsync("id");
        SshClientFolder client = new SshClientFolder(network).Config($"""
            Host box
              HostName {host.Address}
              User ada
              Port 2200
              IdentityFile {key}
              HostKeyAlias the-box
            """);
        await File.WriteAllTextAsync(client.KnownHosts, $"the-box {host.HostKey.ToLine()}\n");
        await using SshMachine machine = client.Machine("box");

        Assert.Equal("ada", await machine.SayAsync("id -un"));
        Assert.Equal($"ada@{host.Address}:2200", machine.Name);
    }
}
