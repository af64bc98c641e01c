namespace Runhouse.Cli.Tests;

/// <summary>What people see in a terminal. The screens are in <c>Screens/</c>, with <c>#</c> for numbers.</summary>
public sealed class ScreenTests
{
    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-up", "up --help")]
    [InlineData("help-call", "call --help")]
    [InlineData("call-nothing", "call")]
    [InlineData("deployments-down", "deployments")]
    [InlineData("unknown-command", "dwn")]
    [InlineData("not-found", "status nosuch")]
    [InlineData("list-empty", "list")]
    [InlineData("secrets-empty", "secrets list")]
    [InlineData("down-all-empty", "down --all")]
    [InlineData("status-down", "status")]
    [InlineData("down-nothing", "down nosuch")]
    [InlineData("bad-duration", "keep-warm local 3x")]
    [InlineData("cost-near-name", "cost A1O0")]
    [InlineData("cost", "cost A100 --hours 100")]
    public async Task A_screen_is_as_it_was(string name, string arguments)
    {
        string screen = await TerminalScreen.RunAsync(arguments);
        string path = Path.Combine(Repository.Root, "tests", "Runhouse.Cli.Tests", "Screens", name + ".txt");
        if (Environment.GetEnvironmentVariable("RUNHOUSE_WRITE_SCREENS") == "true")
            await File.WriteAllTextAsync(path, screen, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), screen);
    }

    [Fact]
    public async Task A_cluster_comes_up_and_goes_down()
    {
        string up = await TerminalScreen.RunAsync("up local");
        Assert.Contains("local (local) this machine: up\n  # cores (load #)", up, StringComparison.Ordinal);
        Assert.EndsWith("exit code 0\n", up, StringComparison.Ordinal);
        Assert.Equal("There are no calls: none is in flight, and none that was detached is kept.\nexit code 0\n", await TerminalScreen.RunAsync("calls local"));
        Assert.Equal("this machine has no deployment: the first call of a program makes one, or 'runhouse deploy'.\nexit code 0\n", await TerminalScreen.RunAsync("deployments local"));
        Assert.Contains("There is no log 'nope' here. There are ", await TerminalScreen.RunAsync("logs local --source nope"), StringComparison.Ordinal);
        string rotated = await TerminalScreen.RunAsync("host rotate local");
        Assert.Contains("http://# (there)", rotated, StringComparison.Ordinal);
        Assert.Contains("old, new in #h #m", rotated, StringComparison.Ordinal);
        Assert.EndsWith("exit code 0\n", rotated, StringComparison.Ordinal);
        Assert.Equal("hello\nexit code 0\n", await TerminalScreen.RunAsync("run local -- echo hello"));
        Assert.Equal("local is down.\nexit code 0\n", await TerminalScreen.RunAsync("down local"));
    }
}
