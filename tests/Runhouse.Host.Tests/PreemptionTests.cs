using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>A spot machine that is taken back: the notice of its metadata, what workers and callers are told, and the end.</summary>
public sealed class PreemptionTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 0, 0, 0, TimeSpan.Zero));
    private readonly TcpListener _metadata = new(IPAddress.Loopback, 0);
    private readonly string _lease = Path.GetTempFileName();
    private volatile string? _notice;

    public PreemptionTests()
    {
        _metadata.Start();
        _ = ServeAsync();
    }

    public void Dispose()
    {
        _metadata.Dispose();
        File.Delete(_lease);
    }

    [Theory]
    [InlineData("aws", """{"action":"terminate","time":"2026-05-04T00:03:00Z"}""")]
    [InlineData("gcp", "TRUE")]
    public async Task Workers_are_told_then_ended_with_that_reason_and_the_machine_ends(string provider, string notice)
    {
        await using TestHost host = await TestHost.StartAsync(
            TestHost.NewSettings() with { SpotOf = provider, MetadataService = (IPEndPoint)_metadata.LocalEndpoint, LeaseFile = _lease }, _time);
        TestDeployment deployment = await host.DeployAsync(
            """say '{"kind":"serving"}'; while read -r line; do case $line in *'"kind":"end"'*) echo "told $line" >&2 ;; esac; done""");
        string worker = (await host.ConnectAsync(deployment)).WorkerId;
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(worker, wait: 0)).State);

        _notice = notice;
        string told = await UntilAsync(async () => (await host.FateAsync(worker, wait: 0)).LastOutput.FirstOrDefault(static line => line.StartsWith("told ", StringComparison.Ordinal)));
        Assert.Contains(provider == "aws" ? "2026-05-04T00:02:50+00:00" : "2026-05-04T00:0", told, StringComparison.Ordinal);

        // Those who come now are told as well: code of theirs may be short.
        Assert.Equal(worker, (await host.ConnectAsync(deployment)).WorkerId);

        WorkerStatus ended = await UntilAsync(async () => await host.FateAsync(worker, wait: 0) is { State: WorkerState.Ended } status ? status : null);
        Assert.True(ended.IsPreempted);
        Assert.True(File.Exists(_lease));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.TryConnectAsync(deployment, new WorkerRequest(), TestContext.Current.CancellationToken)).StatusCode);
        while (!host.Host.Ended.IsCompleted)
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        await host.Host.DisposeAsync();
        Assert.False(File.Exists(_lease));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(" over", false)]
    public async Task A_place_whose_time_is_short_gives_code_two_thirds_of_it(string word, bool isPreempted)
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { EndNotice = file, LeaseFile = _lease }, _time);
        TestDeployment deployment = await host.DeployAsync(
            """say '{"kind":"serving"}'; while read -r line; do case $line in *'"kind":"end"'*) echo "told $line" >&2 ;; esac; done""");
        string worker = (await host.ConnectAsync(deployment)).WorkerId;

        DateTimeOffset end = _time.GetUtcNow().AddSeconds(24);
        await File.WriteAllTextAsync(file + ".part", $"{end.ToUnixTimeSeconds()}{word}\n", TestContext.Current.CancellationToken);
        File.Move(file + ".part", file);

        // Until the file was looked at; then the clock stands until the worker has said what it was told.
        string log = Path.Combine(host.Home, "logs", "host.log");
        while (!(await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken)).Contains("This machine is taken away", StringComparison.Ordinal))
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        string? told;
        while ((told = (await host.FateAsync(worker, wait: 0)).LastOutput.FirstOrDefault(static line => line.StartsWith("told ", StringComparison.Ordinal))) is null)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Contains("2026-05-04T00:00:16", told, StringComparison.Ordinal);

        // The clock stands once more, as the host ends four seconds behind its workers and tells nothing then.
        await AdvanceAsync(end.AddSeconds(-8) - _time.GetUtcNow());
        WorkerStatus ended;
        while ((ended = await host.FateAsync(worker, wait: 0)).State != WorkerState.Ended)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal((isPreempted, !isPreempted), (ended.IsPreempted, ended.IsTimeOver));
        while (!host.Host.Ended.IsCompleted)
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        await host.Host.DisposeAsync();
        Assert.False(File.Exists(_lease));
        File.Delete(file);
    }

    [Fact]
    public async Task Metadata_that_does_not_answer_is_said_once_and_looked_at_again()
    {
        _notice = "perhaps";
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { SpotOf = "aws", MetadataService = (IPEndPoint)_metadata.LocalEndpoint }, _time);
        string path = Path.Combine(host.Home, "logs", "host.log");
        const string Problem = "its end may come without one: the metadata service answered 200 with \"perhaps\", which is no notice";
        await UntilAsync(async () => (await File.ReadAllTextAsync(path)).Contains(Problem, StringComparison.Ordinal) ? "" : null);
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Single((await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)), static line => line.Contains(Problem, StringComparison.Ordinal));
    }

    // What waits for the clock is waited for in between.
    private async Task AdvanceAsync(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private async Task<T> UntilAsync<T>(Func<Task<T?>> look)
        where T : class
    {
        while (true)
        {
            if (await look() is { } seen)
                return seen;
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _metadata.AcceptTcpClientAsync();
                NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, leaveOpen: true);
                string first = (await reader.ReadLineAsync())!;
                var headers = new List<string>();
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                    headers.Add(header);
                (int status, string body) = Answer(first, headers);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Words\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private (int Status, string Body) Answer(string request, List<string> headers) => request.Split(' ') switch
    {
        ["PUT", "/latest/api/token", _] when headers.Contains("X-aws-ec2-metadata-token-ttl-seconds: 60") => (200, "secret"),
        ["GET", "/latest/meta-data/spot/instance-action", _] when headers.Contains("X-aws-ec2-metadata-token: secret") => _notice is { } notice ? (200, notice) : (404, "Not Found"),
        ["GET", "/computeMetadata/v1/instance/preempted", _] when headers.Contains("Metadata-Flavor: Google") => (200, _notice ?? "FALSE"),
        _ => (401, "Unauthorized"),
    };
}
