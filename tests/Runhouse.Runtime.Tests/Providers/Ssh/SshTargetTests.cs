using CsCheck;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public class SshTargetTests
{
    [Theory]
    [InlineData("box", "box", null, null)]
    [InlineData("ada@10.0.0.7", "10.0.0.7", "ada", null)]
    [InlineData("ada@example.org:2222", "example.org", "ada", 2222)]
    [InlineData("::1", "::1", null, null)]
    [InlineData("ada@[::1]", "::1", "ada", null)]
    [InlineData("[fe80::1%eth0]:22", "fe80::1%eth0", null, 22)]
    [InlineData("ssh://ada@box:22/", "box", "ada", 22)]
    [InlineData("ada@corp@box", "box", "ada@corp", null)]
    public void A_target_is_a_host_with_or_without_user_and_port(string text, string host, string? user, int? port)
        => Assert.Equal(new SshTarget(host, user, port), SshTarget.Parse(text));

    [Theory]
    [InlineData("", "host is missing")]
    [InlineData("@box", "user before @")]
    [InlineData("ada@", "host is missing")]
    [InlineData("box:", "no port")]
    [InlineData("box:0", "no port")]
    [InlineData("box:65536", "no port")]
    [InlineData("box:ssh", "no port")]
    [InlineData("-oProxyCommand=rm", "no name of a host")]
    [InlineData("two words", "no name of a host")]
    [InlineData("a;b", "no name of a host")]
    [InlineData("[box]:22", "IPv6")]
    [InlineData("[::1", "IPv6")]
    public void What_names_no_machine_is_an_error_that_says_why(string text, string reason)
        => Assert.Contains(reason, Assert.Throws<FormatException>(() => SshTarget.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2001:db8::5", 2222, "[2001:db8::5]:2222")]
    [InlineData("ada@::1", 22, "ada@[::1]:22")]
    [InlineData("box", 2222, "box:2222")]
    [InlineData("box:2222", 2222, "box:2222")]
    public void A_port_that_is_said_apart_is_the_machines_port(string machine, int port, string name)
    {
        Assert.Equal(name, SshTrust.NameOf(machine, port));
        Assert.Equal(port, SshTarget.Parse(name).Port);
    }

    [Fact]
    public void Two_ports_of_one_machine_are_refused()
        => Assert.Contains("2222", Assert.Throws<ArgumentException>(() => SshTrust.NameOf("box:2222", 22)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_target_is_read_as_it_is_written()
        => Gen.Select(
            Gen.OneOf("box", "10.0.0.7", "::1", "fe80::2", "a-b.example.org"), Gen.OneOf<string?>(null, "ada", "root"), Gen.Int[1, 65535].Nullable())
            .Sample((host, user, port) => SshTarget.Parse(new SshTarget(host, user, port).ToString()) == new SshTarget(host, user, port));
}
