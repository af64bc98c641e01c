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

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
