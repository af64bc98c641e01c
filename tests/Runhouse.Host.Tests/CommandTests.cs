using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 3", 3, null)]
    [InlineData("kill -KILL $$", null, 9)]
    [InlineData("no-such-program", 127, null)]
    public async Task A_command_says_how_it_ended(string command, int? exitCode, int? signal)
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand(command));
        Assert.Equal(new CommandEnded(exitCode, signal), (await answer.ToEndAsync()).Ended);
    }

    [Fact]
    public async Task Output_and_error_come_while_the_command_runs()
    {
        await using TestHost host = await TestHost.StartAsync();
        string gate = Path.Combine(host.Home, "gate");
        using FrameAnswer answer = await RunAsync(host, new RunCommand($"mkfifo {gate}; printf out; printf err >&2; read line < {gate}; printf \" $line\""));
        await answer.UntilAsync(() => answer.Output.Length == 3 && answer.Error.Length == 3);
        await File.WriteAllTextAsync(gate, "more\n");
        await answer.ToEndAsync();
        Assert.Equal(("out more", "err"), (answer.Output.ToString(), answer.Error.ToString()));
    }

    [Fact]
    public async Task Bytes_of_any_kind_and_any_number_arrive_as_they_are()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_001);
        string file = Path.Combine(host.Home, "bytes");
        await File.WriteAllBytesAsync(file, bytes);
        using FrameAnswer answer = await RunAsync(host, new RunCommand($"cat {file}"));
        Assert.Equal(bytes, (await answer.ToEndAsync()).OutputBytes.ToArray());
    }

    [Fact]
    public async Task Variables_and_folder_are_the_callers_and_the_variables_are_no_arguments()
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand("printf '%s %s ' \"$GREETING\" \"$PWD\"; tr '\\0' ' ' < /proc/$$/cmdline")
        {
            Variables = new Dictionary<string, string> { ["GREETING"] = "a 'b' $c" },
            WorkingDirectory = host.Home,
        });
        string output = (await answer.ToEndAsync()).Output.ToString();
        Assert.StartsWith($"a 'b' $c {host.Home} ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("'b'", output["a 'b'".Length..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_folder_a_command_runs_in_the_home_of_the_user()
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand("pwd"));
        Assert.Equal(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "\n", (await answer.ToEndAsync()).Output.ToString());
    }

    [Fact]
    public async Task A_caller_that_goes_takes_along_all_that_the_command_started()
    {
        await using TestHost host = await TestHost.StartAsync();
        FrameAnswer answer = await RunAsync(host, new RunCommand("sleep 1000 & echo $!; trap '' TERM; sleep 1000; sleep 1000"));
        await answer.UntilAsync(() => answer.Output.ToString().EndsWith('\n'));
        using Process sleeper = Process.GetProcessById(int.Parse(answer.Output.ToString(), CultureInfo.InvariantCulture));

        answer.Dispose();

        await sleeper.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_a_command_leaves_running_does_not_keep_its_caller_and_stays()
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand("sleep 1000 & echo $!"));
        await answer.ToEndAsync();
        Assert.Equal(0, answer.Ended?.ExitCode);
        using Process sleeper = Process.GetProcessById(int.Parse(answer.Output.ToString(), CultureInfo.InvariantCulture));
        sleeper.Kill();
    }

    [Fact]
    public async Task A_command_keeps_an_idle_host()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromMinutes(1) }, time);
        string gate = Path.Combine(host.Home, "gate");
        using FrameAnswer answer = await RunAsync(host, new RunCommand($"mkfifo {gate}; echo ready; read line < {gate}"));
        await answer.UntilAsync(() => answer.Output.Length > 0);
        for (int i = 0; i < 30; i++)
            time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(host.Host.Ended.IsCompleted);

        await File.WriteAllTextAsync(gate, "go\n");
        await answer.ToEndAsync();
        Assert.Equal(0, answer.Ended?.ExitCode);
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_commands()
    {
        TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand("echo $$; exec sleep 1000"));
        await answer.UntilAsync(() => answer.Output.Length > 0);
        using Process sleeper = Process.GetProcessById(int.Parse(answer.Output.ToString(), CultureInfo.InvariantCulture));
        await host.DisposeAsync();
        await sleeper.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("""{"command":""}""", "empty")]
    [InlineData("""{"command":"true","workingDirectory":"/nowhere/at/all"}""", "/nowhere/at/all")]
    [InlineData("""{"command":"true","variables":{"A=B":"c"}}""", "A=B")]
    [InlineData("""{}""", "empty")]
    public async Task What_cannot_run_is_refused(string json, string message)
    {
        await using TestHost host = await TestHost.StartAsync();
        HostError error = await TestHost.RefusalAsync(
            await host.Client.PostAsync("/v1/commands", new StringContent(json, null, "application/json")), HttpStatusCode.UnprocessableEntity);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_longer_than_an_argument_may_be_runs()
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand($": {new string('x', 200_000)}\ncat; echo done; exit 3"));
        Assert.Equal(new CommandEnded(3, null), (await answer.ToEndAsync()).Ended);
        Assert.Equal("done\n", answer.Output.ToString());
    }

    [Fact]
    public async Task A_command_that_cannot_start_says_why()
    {
        await using TestHost host = await TestHost.StartAsync();
        using FrameAnswer answer = await RunAsync(host, new RunCommand("true")
        {
            // Each is short enough, and all together are more than any system takes.
            Variables = Enumerable.Range(0, 70).ToDictionary(static i => $"LONG_{i}", static _ => new string('x', 100_000)),
        });
        Assert.Contains("128 KiB", (await answer.ToEndAsync()).Ended?.NotStarted, StringComparison.Ordinal);
    }

    private static Task<FrameAnswer> RunAsync(TestHost host, RunCommand command) =>
        FrameAnswer.BeginAsync(host.Client, "/v1/commands", JsonContent.Create(command, ControlJson.Default.RunCommand));
}
