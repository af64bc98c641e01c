using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Providers.Ssh.ClientConfig;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public sealed class SshConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _variables = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_file_a_host_is_what_it_is_called()
    {
        SshHost host = Resolve("", "box");

        Assert.Equal(("box", "tester", 22), (host.HostName, host.User, host.Port));
        Assert.Equal([Path.Combine(_folder.Path, ".ssh", "known_hosts"), Path.Combine(_folder.Path, ".ssh", "known_hosts2")], host.UserKnownHostsFiles);
        Assert.Empty(host.IdentityFiles);
        Assert.Null(host.IdentityAgent);
    }

    [Fact]
    public void All_keys_that_count_are_read()
    {
        SshHost host = Resolve("""
            # a comment
            Host box   # another
              HostName = %h.example.org
              User ada
              Port "2222"
              IdentityFile ~/.ssh/one
              IdentityFile "%d/two keys/%r@%n:%p"
              IdentitiesOnly yes
              IdentityAgent ~/agent.sock
              ProxyJump bob@jump:22,ssh://other
              UserKnownHostsFile ~/a /b/c
              GlobalKnownHostsFile none
              HostKeyAlias alias
              ConnectTimeout 1m5s
              ServerAliveInterval 7
              ServerAliveCountMax 2
              StrictHostKeyChecking no
              SendEnv LANG
            """, "box");

        Assert.Equal(
            new SshHost("box", "box.example.org", "ada", 2222)
            {
                IdentityFiles = [_folder.Path + "/.ssh/one", _folder.Path + "/two keys/ada@box:2222"],
                IdentitiesOnly = true,
                IdentityAgent = _folder.Path + "/agent.sock",
                Jumps = [new SshTarget("jump", "bob", 22), new SshTarget("other")],
                UserKnownHostsFiles = [_folder.Path + "/a", "/b/c"],
                GlobalKnownHostsFiles = [],
                HostKeyAlias = "alias",
                ConnectTimeout = TimeSpan.FromSeconds(65),
                ServerAliveInterval = TimeSpan.FromSeconds(7),
                ServerAliveCountMax = 2,
            },
            host);
    }

    [Fact]
    public void The_first_value_counts_and_what_the_target_says_before_all()
    {
        const string Text = """
            User first
            Host b*
              User second
              Port 1000
            Host *
              Port 2000
              HostName last
            """;

        Assert.Equal(("first", 1000, "last"), Facts(Resolve(Text, "box")));
        Assert.Equal(("ada", 7, "last"), Facts(Resolve(Text, "ada@box:7")));
        Assert.Equal(("first", 2000, "last"), Facts(Resolve(Text, "other")));
    }

    [Theory]
    [InlineData("Host *.org !www.*", "mail.org", true)]
    [InlineData("Host *.org !www.*", "www.org", false)]
    [InlineData("Host a b", "b", true)]
    [InlineData("Match all", "x", true)]
    [InlineData("Match host b*,!bad", "box", true)]
    [InlineData("Match host=box user=tester", "box", true)]
    [InlineData("Match originalhost box user ada", "box", false)]
    [InlineData("Match !user ada", "box", true)]
    [InlineData("Match localuser tester", "box", true)]
    [InlineData("Match final all", "box", false)]
    [InlineData("Match exec true", "box", false)]
    [InlineData("Match !exec false", "box", false)]
    public void Conditions_choose_what_holds(string condition, string target, bool holds)
        => Assert.Equal(holds ? 77 : 22, Resolve($"{condition}\nPort 77", target).Port);

    [Fact]
    public void Match_host_sees_the_name_that_was_given_before()
        => Assert.Equal(77, Resolve("Host box\nHostName real\nMatch host real\nPort 77", "box").Port);

    [Fact]
    public void What_depends_on_a_command_is_noted_when_all_else_fits()
    {
        Assert.Equal(["~/.ssh/config:1 matches by \"exec\", which is not evaluated: its settings are left out of account."], Resolve("Match host box exec \"test -f x\"\nPort 7", "box").Notes);
        Assert.Empty(Resolve("Match host other exec \"test -f x\"\nPort 7", "box").Notes);
    }

    [Fact]
    public void Files_are_included_by_pattern_and_only_where_they_stand()
    {
        _folder.Write(".ssh/conf.d/10-a", "Host box\nPort 10\n");
        _folder.Write(".ssh/conf.d/20-b", "Host *\nPort 20\nUser included\n");
        _folder.Write(".ssh/conf.d/.hidden", "Host *\nUser hidden\n");

        Assert.Equal(("included", 10, "box"), Facts(Resolve("Include conf.d/* missing\nUser after", "box")));
        Assert.Equal(("after", 5, "box"), Facts(Resolve("Host other\nInclude conf.d/*\nHost *\nUser after\nPort 5", "box")));
        Assert.Equal(("after", 10, "box"), Facts(Resolve("Host box\nInclude ~/.ssh/c*.d/10-?\nUser after", "box")));
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error()
        => Assert.Contains("~/.ssh/config:1 includes", Error("Include config", "box"), StringComparison.Ordinal);

    [Fact]
    public void The_system_s_file_comes_last()
    {
        _folder.Write("etc/ssh_config", "User system\nPort 99\nInclude more\n");
        _folder.Write("etc/more", "HostName from-more\n");

        Assert.Equal(("mine", 99, "from-more"), Facts(Resolve("User mine", "box")));
    }

    [Theory]
    [InlineData("Port abc", "port in ~/.ssh/config:2")]
    [InlineData("IdentitiesOnly maybe", "yes or no")]
    [InlineData("ConnectTimeout soon", "a time")]
    [InlineData("ProxyJump a@@", "machines as user@host:port")]
    [InlineData("User \"open", "~/.ssh/config:2 is not closed")]
    [InlineData("HostName %q", "%q")]
    [InlineData("IdentityFile ${NO_SUCH}/x", "NO_SUCH")]
    [InlineData("ProxyCommand nc %h %p", "ProxyCommand \"nc %h %p\"")]
    [InlineData("Match", "without a condition")]
    [InlineData("Match host", "no value")]
    [InlineData("Match hots box", "no condition of Match")]
    public void A_line_that_cannot_be_followed_is_an_error_that_names_it(string line, string expected)
        => Assert.Contains(expected, Error($"# first\n{line}", "box"), StringComparison.Ordinal);

    [Theory]
    [InlineData("ProxyCommand none")]
    [InlineData("ProxyJump jump\nProxyCommand nc %h %p")]
    [InlineData("Host other\nProxyCommand nc %h %p")]
    public void A_proxy_command_that_does_not_hold_is_none(string text) => Assert.Equal("box", Resolve(text, "box").HostName);

    [Theory]
    [InlineData("", "/run/agent")]
    [InlineData("IdentityAgent SSH_AUTH_SOCK", "/run/agent")]
    [InlineData("IdentityAgent $OTHER", "/run/other")]
    [InlineData("IdentityAgent none", null)]
    [InlineData("IdentityAgent ${OTHER}.x", "/run/other.x")]
    public void The_agent_is_the_one_that_is_named(string text, string? expected)
    {
        _variables["SSH_AUTH_SOCK"] = "/run/agent";
        _variables["OTHER"] = "/run/other";

        Assert.Equal(expected, Resolve(text, "box").IdentityAgent);
    }

    [Theory]
    [InlineData("Host inner\nProxyJump a,b", new[] { "a", "b", "inner" })]
    [InlineData("Host inner\nProxyJump a\nHost a\nProxyJump z", new[] { "z", "a", "inner" })]
    [InlineData("Host *\nProxyJump a", new[] { "a", "inner" })]
    [InlineData("Host inner\nProxyJump none\nHost *\nProxyJump a", new[] { "inner" })]
    public void Jumps_lead_over_the_machines_that_they_name(string text, string[] expected)
    {
        _folder.Write(".ssh/config", text);

        Assert.Equal(expected, SshRoute.Find(SshTarget.Parse("inner"), new SshSettings { Account = Account }).Select(static host => host.Alias));
    }

    [Fact]
    public void Jumps_in_a_circle_are_an_error()
    {
        _folder.Write(".ssh/config", "Host a\nProxyJump b\nHost b\nProxyJump a\n");

        Assert.Contains("in a circle", Assert.Throws<RunhouseConfigurationException>(() => SshRoute.Find(SshTarget.Parse("a"), new SshSettings { Account = Account })).Message, StringComparison.Ordinal);
    }

    private SshAccount Account => new(_folder.Path, "tester")
    {
        Variable = _variables.GetValueOrDefault,
        SystemConfigFile = Path.Combine(_folder.Path, "etc", "ssh_config"),
    };

    private static (string User, int Port, string HostName) Facts(SshHost host) => (host.User, host.Port, host.HostName);

    private SshHost Resolve(string text, string target)
    {
        _folder.Write(".ssh/config", text);
        return SshConfig.Resolve(SshTarget.Parse(target), Account);
    }

    private string Error(string text, string target) => Assert.Throws<RunhouseConfigurationException>(() => Resolve(text, target)).Message;
}
