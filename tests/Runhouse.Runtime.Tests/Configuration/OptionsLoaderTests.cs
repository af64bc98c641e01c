using System.Collections;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Tests.Configuration;

public class OptionsLoaderTests
{
    [Fact]
    public void Values_of_every_kind_are_read()
    {
        RunhouseOptions options = Apply(
            ("Mode", "inline"), ("Application", "my.app"), ("Transport", "Relay"), ("ConnectTimeout", "500ms"), ("local:idletimeout", "2h"),
            ("Local:Strict", "true"), ("Calls:Timeout", "00:00:05"), ("Calls:StreamLogs", "False"), ("Calls:WaitForCapacity", "0"), ("Calls:Retries", "2"), ("Ssh:OpenPort", "0"), ("Limits:MaxDepth", "12"), ("Limits:MaxBodyBytes", "4096"));

        Assert.Equal(RunhouseMode.Inline, options.Mode);
        Assert.Equal("my.app", options.Application);
        Assert.Equal(RunhouseTransport.Relay, options.Transport);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.ConnectTimeout);
        Assert.Equal(TimeSpan.FromHours(2), options.Local.IdleTimeout);
        Assert.True(options.Local.Strict);
        Assert.Equal(0, options.Ssh.OpenPort);
        Assert.Equal(new RemoteOptions { Timeout = TimeSpan.FromSeconds(5), StreamLogs = false, WaitForCapacity = TimeSpan.Zero, Retries = 2 }, options.Calls);
        Assert.Equal((12, 4096L), (options.Limits.MaxDepth, options.Limits.MaxBodyBytes));
    }

    [Fact]
    public void An_unknown_key_is_an_error_that_names_it_its_place_and_the_keys_there_are()
    {
        var error = Assert.Throws<RunhouseConfigurationException>(() => Apply(("Locla:Strict", "true")));

        Assert.Contains("Runhouse:Locla:Strict in a test", error.Message, StringComparison.Ordinal);
        Assert.Contains("Local:Strict", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mode", "Elsewhere", "Remote or Inline")]
    [InlineData("Mode", "1", "Remote or Inline")]
    [InlineData("ConnectTimeout", "30", "30s")]
    [InlineData("ConnectTimeout", "-1s", "positive")]
    [InlineData("Local:Strict", "yes", "true or false")]
    [InlineData("Ssh:OpenPort", "65536", "0 to 65535")]
    [InlineData("Limits:MaxDepth", "0", "from 1 to")]
    [InlineData("Application", "a/b", "letters")]
    public void A_value_that_is_not_allowed_is_an_error_that_names_it_and_what_is(string key, string value, string allowed)
    {
        var error = Assert.Throws<RunhouseConfigurationException>(() => Apply((key, value)));

        Assert.Contains($"Runhouse:{key} = \"{value}\" in a test", error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_hold_the_section_with_or_without_its_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("runhouse.json", """{ "$schema": "x", "Local": { "Strict": true }, /* comment */ "Mode": "Inline", }""");
        folder.Write("appsettings.json", """{ "Logging": { "Level": 1 }, "Runhouse": { "Transport": "Direct" } }""");

        Assert.Equal([("Local:Strict", "True"), ("Mode", "Inline")], ConfigurationSources.RunhouseFile(folder.Path).Select(e => (e.Key, e.Value)));
        Assert.Equal([("Transport", "Direct")], ConfigurationSources.ApplicationSettings(folder.Path).Select(e => (e.Key, e.Value)));
    }

    [Fact]
    public void A_malformed_file_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("runhouse.json", "{ nonsense");

        Assert.Contains(path, Assert.Throws<RunhouseConfigurationException>(() => ConfigurationSources.RunhouseFile(folder.Path).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_variables_are_keys_with_double_underscores()
    {
        var variables = new Hashtable { ["RUNHOUSE__LOCAL__STRICT"] = "true", ["RUNHOUSE_HOME"] = "/x", ["PATH"] = "/bin" };

        ConfigurationEntry entry = Assert.Single(ConfigurationSources.EnvironmentVariables(variables));
        Assert.Equal(("LOCAL:STRICT", "true"), (entry.Key, entry.Value));
    }

    private static RunhouseOptions Apply(params (string Key, string Value)[] entries)
    {
        var options = new RunhouseOptions();
        OptionsLoader.Apply(entries.Select(entry => new ConfigurationEntry(entry.Key, entry.Value, "a test")), options);
        return options;
    }
}
