using System.Net;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class LogTests
{
    [Fact]
    public async Task Lines_that_are_there_and_lines_that_come_are_read_once_each()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply worker = await host.ConnectAsync(await host.DeployAsync("""say '{"kind":"serving"}'; echo one >&2; echo two >&2; read line; echo three >&2"""));
        using StreamReader reader = await ReadAsync(host, "?follow=true&source=" + worker.WorkerId);
        var lines = new List<HostLogLine>();
        while (lines.Count < 2)
            lines.Add(await LineAsync(reader));

        // What it reads is the word to end.
        Assert.Equal(HttpStatusCode.Accepted, (await host.Client.PostAsync("/v1/stop", null)).StatusCode);
        while (await reader.ReadLineAsync() is { } line)
            lines.Add(JsonSerializer.Deserialize(line, ControlJson.Default.HostLogLine)!);
        Assert.Equal(["one", "two"], lines.Take(2).Select(static line => line.Line));
        Assert.All(lines, line => Assert.Equal(worker.WorkerId, line.Source));
    }

    [Fact]
    public async Task The_tail_is_as_long_as_asked_for()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.ConnectAsync(await host.DeployAsync("""say '{"kind":"serving"}'"""));
        using StreamReader reader = await ReadAsync(host, "?tail=1&source=host");
        Assert.Equal("host", (await LineAsync(reader)).Source);
        Assert.Null(await reader.ReadLineAsync());
        HostError error = await TestHost.RefusalAsync(await host.Client.GetAsync("/v1/logs?tail=-1"), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("tail", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&follow=true")]
    public async Task A_log_that_there_is_not_is_an_error_that_names_those_that_there_are(string query)
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply worker = await host.ConnectAsync(await host.DeployAsync("""say '{"kind":"serving"}'"""));
        HostError error = await TestHost.RefusalAsync(await host.Client.GetAsync("/v1/logs?source=nope" + query), HttpStatusCode.NotFound);
        Assert.Contains("There is no log 'nope' here.", error.Message, StringComparison.Ordinal);
        Assert.Contains("host", error.Message, StringComparison.Ordinal);
        Assert.Contains(worker.WorkerId, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_worker_that_has_ended_is_there_by_its_id()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("""mkfifo $directory/go; echo last words >&2; say '{"kind":"serving"}'; read -r line < $directory/go; exit 3""");
        ConnectReply worker = await host.ConnectAsync(deployment);
        await File.WriteAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "go"), "\n");
        await host.FateAsync(worker.WorkerId);
        foreach (string query in (string[])["", "&follow=true"])
            Assert.Contains("last words", await host.Client.GetStringAsync($"/v1/logs?source={worker.WorkerId}{query}"), StringComparison.Ordinal);
        await TestHost.RefusalAsync(await host.Client.GetAsync("/v1/logs?source=" + Uri.EscapeDataString("../../host")), HttpStatusCode.NotFound);
    }

    [Fact]
    public void The_logs_of_the_last_workers_are_kept_and_no_more_than_fits()
    {
        string home = Directory.CreateTempSubdirectory("rhl-").FullName;
        try
        {
            HostFolders folders = new(home);
            folders.Create();

            // The file system stores no zeros.
            Write("running", 600, 5);
            Write("oldest", 1, 4);
            Write("large", 302, 3);
            Write("latest", 200, 2, ".1");
            Write("latest", 10, 1);
            folders.RemoveOldLogs(new HashSet<string> { "running" });
            Assert.Equal(["worker-large.log", "worker-latest.log", "worker-latest.log.1", "worker-running.log"], Names());

            for (int i = 0; i < 100; i++)
                Write($"short{i:00}", 0, 0);
            folders.RemoveOldLogs(new HashSet<string> { "running" });
            Assert.Equal(101, Names().Length);
            folders.RemoveLeftovers();
            Assert.DoesNotContain("worker-running.log", Names());

            string[] Names() => [.. Directory.EnumerateFiles(folders.Logs).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

            void Write(string worker, int mebibytes, int hoursAgo, string ending = "")
            {
                string path = folders.LogOf(worker) + ending;
                using (FileStream file = File.Create(path))
                    file.SetLength((long)mebibytes << 20);
                File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(1).AddHours(-hoursAgo));
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void A_reader_that_does_not_keep_up_is_told_how_many_lines_it_lost()
    {
        string folder = Directory.CreateTempSubdirectory("rhl-").FullName;
        var feed = new LogFeed(static _ => "");
        using LogReading reading = feed.Read(source: null, tail: 10);
        using (LogFile file = feed.Open("w", Path.Combine(folder, "w.log")))
        {
            for (int i = 0; i < 10_050; i++)
                file.WriteLine("line");
            Assert.True(reading.Lines.TryRead(out _));
            Assert.True(reading.Lines.TryRead(out _));
            file.WriteLine("last");
        }

        var lines = new List<HostLogLine>();
        while (reading.Lines.TryRead(out HostLogLine? line))
            lines.Add(line);
        Assert.Equal("last", lines[^1].Line);
        Assert.Contains("50 lines", lines[^2].Line, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<StreamReader> ReadAsync(TestHost host, string query)
    {
        HttpResponseMessage response = await host.Client.GetAsync("/v1/logs" + query, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<HostLogLine> LineAsync(StreamReader reader)
        => JsonSerializer.Deserialize((await reader.ReadLineAsync())!, ControlJson.Default.HostLogLine)!;
}
