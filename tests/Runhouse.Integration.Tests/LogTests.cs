using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class LogTests(LocalHost host)
{
    [Fact]
    [Acceptance(42)]
    public async Task Each_line_reaches_its_caller_exactly_once_and_concurrent_calls_do_not_mix()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("write-lines", "line", "100");
        Assert.Equal(0, exitCode);
        string[] wanted = [.. Enumerable.Range(0, 8).SelectMany(static call => Enumerable.Range(0, 100).Select(i => $"line{call}-{i}"))];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));

        // The lines of one call keep their order.
        Assert.Equal(wanted.Where(static line => line.StartsWith("line3-", StringComparison.Ordinal)), lines.Where(static line => line.StartsWith("line3-", StringComparison.Ordinal)));
    }

    [Fact]
    [Acceptance(42)]
    public async Task With_streaming_off_no_line_arrives()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("write-lines-quietly", "hidden", "5");
        Assert.Equal(0, exitCode);
        Assert.Empty(lines);
        await Eventually.IsTrueAsync(() => Task.FromResult(Directory.EnumerateFiles(Path.Combine(host.Home, "local", "logs")).Any(static log => ReadShared(log).Contains("hidden-4", StringComparison.Ordinal))));
    }

    [Fact]
    [Acceptance(42)]
    public async Task Lines_of_console_and_logger_arrive_through_the_callers_logger()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("write-lines-to-logger", "logged");
        Assert.Equal(0, exitCode);
        for (int i = 0; i < 3; i++)
            Assert.Single(lines, line => line.EndsWith($"logged-{i}", StringComparison.Ordinal) && line.StartsWith("[Information ", StringComparison.Ordinal));
        Assert.Single(lines, static line => line == "[Warning Runhouse.Integration.App.Greeter] greeted logged");
    }

    [Theory]
    [InlineData("write-raw")]
    [InlineData("write-raw-beside")]
    [Acceptance(42)]
    public async Task Lines_of_child_processes_and_native_code_reach_the_caller_exactly_once(string how)
    {
        (int exitCode, string[] lines) = await host.CallerAsync(how, how);
        Assert.Equal(0, exitCode);
        foreach (string line in (string[])[$"{how}-child", $"{how}-child-error", $"{how}-native"])
            Assert.Single(lines, line);
    }

    [Fact]
    [Acceptance(42)]
    public async Task With_streaming_off_no_line_of_a_child_process_arrives()
    {
        (int exitCode, string[] lines) = await host.CallerAsync("write-raw-quietly", "unheard");
        Assert.Equal(0, exitCode);
        Assert.Empty(lines);
    }

    [Fact]
    public async Task What_a_worker_has_not_read_of_its_own_output_when_it_is_killed_is_among_its_last_lines()
    {
        (int exitCode, string[] lines) = await host.CallerOfAnotherBuildAsync("write-raw-and-end", "the last word");
        Assert.Equal(0, exitCode);
        Assert.Equal(["Killed", "the last word"], lines);
    }

    [Fact]
    [Acceptance(43)]
    public async Task Lines_of_a_nested_call_in_another_worker_reach_the_first_caller()
    {
        await using SpeakerRemote speaker = await Speaker.Remote.Named("speaker").CreateAsync();
        (int exitCode, string[] lines) = await host.CallerAsync("say-through", "speaker", "hear");
        Assert.Equal(0, exitCode);
        Assert.Equal(["hear (near)", "hear (far)", "hear (far 0)", "hear (far 1)", "hear (far 2)"], lines.Where(static line => !line.Contains("heard", StringComparison.Ordinal)));
        Assert.Equal(3, lines.Count(static line => line.StartsWith("hear (heard", StringComparison.Ordinal)));
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
