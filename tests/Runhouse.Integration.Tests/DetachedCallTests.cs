using System.Diagnostics;
using System.Text.Json;
using Runhouse.Integration.App;
using Runhouse.Protocol.Control;

namespace Runhouse.Integration;

/// <summary>Calls that outlive their caller, and calls that are seen by whoever looks.</summary>
public sealed class DetachedCallTests(LocalHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Acceptance(12)]
    public async Task A_detached_call_is_found_by_its_id_with_its_outcome_progress_and_logs()
    {
        var reported = new Reported<int>();
        string go = Path.Combine(host.Home, "go-" + Guid.NewGuid().ToString("N"));
        RemoteCall<Report> call = await Detached.Remote.SpawnAsync(detached => detached.WorkAsync("harvest", go, reported), cancellationToken: Stop);
        RemoteCall<Report> found = RemoteCall.FromId<Report>(call.Id);
        await foreach (CallEvent line in found.LogsAsync(follow: true, Stop))
        {
            Assert.Equal("begins harvest", line.Line);
            break;
        }

        CallStatus running = await found.StatusAsync(Stop);
        Assert.Equal((CallState.Running, 1, true), (running.State, running.Attempts, running.IsDetached));
        Assert.StartsWith("Runhouse.Integration.App.Detached.WorkAsync(", running.Member, StringComparison.Ordinal);
        Assert.Contains($" {Environment.ProcessId}", running.Caller, StringComparison.Ordinal);
        await File.WriteAllTextAsync(go, "", Stop);
        Assert.Equal(new Report("harvest", 12.5m, null), await call.ResultAsync(Stop));
        Assert.Equal([1, 2, 3], reported.Values);
        Assert.Equal("harvest", (await found.ResultAsync(Stop)).Title);
        int[] reports = await found.ReportsAsync<int>(cancellationToken: Stop).ToArrayAsync(Stop);
        Assert.Equal([1, 2, 3], reports);
        string?[] lines = await found.LogsAsync(cancellationToken: Stop).Select(static line => line.Line).ToArrayAsync(Stop);
        Assert.Equal(["begins harvest", "ends harvest"], lines);
        CallStatus ended = await found.StatusAsync(Stop);
        Assert.Equal(CallState.Completed, ended.State);
        Assert.Equal(ended.EndedAt + TimeSpan.FromDays(7), ended.ExpiresAt);
    }

    [Fact]
    public async Task An_error_of_a_detached_call_is_rethrown_as_itself_with_its_data()
    {
        RemoteCall<int> call = await Jobs.Remote.SpawnAsync(static jobs => jobs.FailAsync("own"), TimeSpan.FromHours(1), Stop);
        var error = await Assert.ThrowsAsync<OvenException>(() => RemoteCall.FromId<int>(call.Id).ResultAsync(Stop));
        Assert.Equal(("too hot", 1200, "north"), (error.Message, error.Degrees, error.Oven));
        CallStatus status = await call.StatusAsync(Stop);
        Assert.Equal((CallState.Failed, status.EndedAt + TimeSpan.FromHours(1)), (status.State, status.ExpiresAt));
    }

    [Fact]
    public async Task A_detached_call_keeps_its_object_whose_last_handle_closes()
    {
        RemoteCall<int> call;
        await using (CounterRemote counter = await Counter.RemoteAsync(41))
            call = await counter.SpawnAsync(static counter => counter.IncrementAsync(), cancellationToken: Stop);
        Assert.Equal(42, await call.ResultAsync(Stop));
        Assert.NotNull((await call.StatusAsync(Stop)).Object);
    }

    [Fact]
    public async Task Detached_calls_of_many_callers_run_once_each()
    {
        await using CounterRemote counter = await Counter.RemoteAsync();
        RemoteCall<int>[] calls = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => counter.SpawnAsync(static counter => counter.IncrementAsync(), cancellationToken: Stop)));
        int[] results = await Task.WhenAll(calls.Select(static call => call.ResultAsync(Stop)));
        Assert.Equal(Enumerable.Range(1, 64), results.Order());
        Assert.Equal(64, await counter.GetValueAsync(Stop));
    }

    [Fact]
    public async Task Arguments_and_results_of_any_size_are_kept()
    {
        byte[] bytes = [.. Enumerable.Range(0, 1 << 20).Select(static i => (byte)(i * 7))];
        RemoteCall<byte[]> call = await Detached.Remote.SpawnAsync(detached => detached.LargeAsync(bytes), cancellationToken: Stop);
        byte[] result = await RemoteCall.FromId<byte[]>(call.Id).ResultAsync(Stop);
        Assert.True(result.AsSpan().SequenceEqual(bytes.Reverse().ToArray()));
    }

    [Fact]
    public async Task A_detached_call_is_cancelled_by_its_id_and_says_by_whom()
    {
        string key = Guid.NewGuid().ToString("N");
        RemoteCall call = await Jobs.Remote.SpawnAsync(jobs => jobs.WaitAsync(key), cancellationToken: Stop);
        await Eventually.IsTrueAsync(async () => (await call.StatusAsync(Stop)).State == CallState.Running);
        Assert.Contains(call.Id, (await CallsAsync()).Select(static one => one.Id));
        await RemoteCall.FromId(call.Id).CancelAsync(Stop);
        var error = await Assert.ThrowsAsync<CallCancelledException>(() => call.WaitAsync(Stop));
        Assert.Contains($" {Environment.ProcessId}", error.CancelledBy, StringComparison.Ordinal);
        await Jobs.Remote.WasCancelledAsync(key, Stop);
        Assert.Equal(CallState.Cancelled, (await call.StatusAsync(Stop)).State);
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => call.CancelAsync(Stop));
    }

    [Fact]
    public async Task What_cannot_be_detached_says_why()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => Jobs.Remote.SpawnAsync(static jobs => jobs.SumAsync(AsyncEnumerable.Range(0, 3)), cancellationToken: Stop));
        await Assert.ThrowsAsync<NotSupportedException>(() => Datasets.Remote.SpawnAsync(static datasets => datasets.CreateAsync(new Order("Ada", [])), cancellationToken: Stop));
        var none = await Assert.ThrowsAsync<InvalidOperationException>(() => Jobs.Remote.SpawnAsync(static _ => Task.FromResult(1), cancellationToken: Stop));
        Assert.Contains("made no remote call", none.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Jobs.Remote.SpawnAsync(static jobs => Task.WhenAll(jobs.ProcessIdAsync(), jobs.ProcessIdAsync()), cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Jobs.Remote.SpawnAsync(static jobs => jobs.ProcessIdAsync(), TimeSpan.Zero, Stop));
        Assert.Throws<ArgumentException>(() => RemoteCall.FromId("nonsense"));
        var unknown = await Assert.ThrowsAsync<RemoteNotFoundException>(() => RemoteCall.FromId("0123456789abcdef").WaitAsync(Stop));
        Assert.Contains("0123456789abcdef", unknown.Message, StringComparison.Ordinal);
        RemoteCall<int> call = await Jobs.Remote.SpawnAsync(static async jobs => await jobs.ProcessIdAsync(), cancellationToken: Stop);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RemoteCall.FromId<Stopwatch>(call.Id).ResultAsync(Stop));
    }

    [Fact]
    [Acceptance(12)]
    [Acceptance(28)]
    public async Task Detached_calls_outlive_their_caller_and_a_host_that_is_killed()
    {
        string home = Directory.CreateTempSubdirectory("rhi-").FullName;
        var environment = new Dictionary<string, string> { ["RUNHOUSE_HOME"] = home };
        try
        {
            (int exitCode, string[] ids) = await host.CallerInAsync(environment, "spawn", home);
            Assert.Equal(0, exitCode);
            int before = PidOf(home);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(home, "local", "host.db")));
            using (var process = Process.GetProcessById(before))
                process.Kill();
            await LocalHost.EndOfAsync(before);
            await File.WriteAllTextAsync(Path.Combine(home, "go"), "", Stop);
            (exitCode, string[] outcomes) = await host.CallerInAsync(environment, ["outcomes", .. ids[^4..]]);
            Assert.Equal(0, exitCode);
            Assert.NotEqual(before, PidOf(home));
            Assert.Equal(
                [
                    "Completed done 12.5, progress 1 2 3, log begins done|ends done",
                    "Failed WorkerLostException Crashed",
                    "Interrupted OutcomeUnknownException",
                    "Completed after 2 attempts: 2 runs",
                ],
                outcomes[^4..]);
        }
        finally
        {
            if (File.Exists(Path.Combine(home, "local", "host.json")))
            {
                int last = PidOf(home);
                using (var process = Process.GetProcessById(last))
                    process.Kill();
                await LocalHost.EndOfAsync(last);
            }

            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public async Task A_call_in_flight_is_listed_and_cancelled_by_its_id_and_its_caller_is_told_by_whom()
    {
        string key = Guid.NewGuid().ToString("N");
        Task waiting = Jobs.Remote.WaitAsync(key, Stop);
        CallStatus? call = null;
        await Eventually.IsTrueAsync(async () => (call = (await CallsAsync()).FirstOrDefault(static one
            => one is { Member: "Runhouse.Integration.App.Jobs.WaitAsync(string)", IsDetached: false } && one.Caller.EndsWith($" {Environment.ProcessId}", StringComparison.Ordinal))) is not null);
        Assert.Equal(CallState.Running, call!.State);
        Assert.StartsWith(call.Worker + "/", call.Id, StringComparison.Ordinal);
        Assert.NotNull(call.Deployment);
        await Cluster.Local().CancelAsync(call.Id, Stop);
        var error = await Assert.ThrowsAsync<CallCancelledException>(() => waiting);
        Assert.Contains($" {Environment.ProcessId}", error.CancelledBy, StringComparison.Ordinal);
        await Jobs.Remote.WasCancelledAsync(key, Stop);
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => Cluster.Local().CancelAsync(call.Id, Stop));
        await Assert.ThrowsAsync<RemoteNotFoundException>(() => Cluster.Local().CancelAsync("nobody/1-1", Stop));
    }

    private static async Task<IReadOnlyList<CallStatus>> CallsAsync() => Assert.Single(await Cluster.Local().CallsAsync(Stop)).Calls;

    private static int PidOf(string home)
        => JsonDocument.Parse(File.ReadAllText(Path.Combine(home, "local", "host.json"))).RootElement.GetProperty("pid").GetInt32();

    private sealed class Reported<T> : IProgress<T>
    {
        public List<T> Values { get; } = [];

        public void Report(T value) => Values.Add(value);
    }
}
