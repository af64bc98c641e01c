using System.Text.Json;
using Runhouse.Cli.Tests.App;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse calls</c>, <c>cancel</c>, <c>result</c> and <c>logs --call</c>, on a real host of this machine.</summary>
[Collection(AtOneHost)]
public sealed class CallsTests
{
    /// <summary>Tests that count the calls of the host, or take one for their own: none of them beside another.</summary>
    public const string AtOneHost = nameof(CallsTests);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_in_flight_is_listed_and_cancelled_by_its_id()
    {
        string file = Path.Combine(HomeOfTests.Path, "calls");
        Task waiting = Jobs.Remote.WaitAsync(file, Stop);
        JsonElement call = await FindAsync(static one => one.GetProperty("member").GetString()!.Contains("Jobs.WaitAsync", StringComparison.Ordinal) && !one.GetProperty("isDetached").GetBoolean());
        string id = call.GetProperty("id").GetString()!;
        (int exitCode, string output, string error) = await CommandLine.RunAsync("calls", "local");
        Assert.True(exitCode == ExitCodes.Success, error);
        Assert.Contains(output.Split('\n'), line => line.StartsWith(id, StringComparison.Ordinal) && line.Contains("Running", StringComparison.Ordinal) && line.Contains($" {Environment.ProcessId} ", StringComparison.Ordinal));
        Assert.Equal((ExitCodes.Success, $"Call {id} is cancelled.\n", ""), await CommandLine.RunAsync("cancel", id));
        await Assert.ThrowsAsync<CallCancelledException>(() => waiting);
        (exitCode, output, error) = await CommandLine.RunAsync("cancel", id, "--json");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.Contains("is in flight on this host", error, StringComparison.Ordinal);
        Assert.Equal("RemoteNotFoundException", JsonDocument.Parse(output).RootElement.GetProperty("error").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_detached_call_is_listed_and_its_result_and_lines_are_shown_by_its_id()
    {
        RemoteCall<string> done = await Jobs.Remote.SpawnAsync(static jobs => jobs.PreprocessAsync("bucket", 2), cancellationToken: Stop);
        Assert.Equal((ExitCodes.Success, "\"bucket 2 Thorough\"\n", ""), await CommandLine.RunAsync("result", done.Id));
        Assert.Equal((ExitCodes.Success, "reads bucket\n", ""), await CommandLine.RunAsync("logs", "local", "--call", done.Id));
        JsonElement call = await FindAsync(one => one.GetProperty("id").GetString() == done.Id);
        Assert.Equal(("Completed", 1), (call.GetProperty("state").GetString(), call.GetProperty("attempts").GetInt32()));
        RemoteCall failed = await Jobs.Remote.SpawnAsync(static jobs => jobs.FailAsync("not today"), cancellationToken: Stop);
        (int exitCode, _, string error) = await CommandLine.RunAsync("result", failed.Id);
        Assert.Equal((ExitCodes.Threw, "error: System.ArgumentException: not today\n"), (exitCode, error));
        (exitCode, _, error) = await CommandLine.RunAsync("result", "0123456789abcdef");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        (exitCode, _, error) = await CommandLine.RunAsync("result", "nonsense");
        Assert.Equal(ExitCodes.Usage, exitCode);
    }

    [Fact]
    public async Task A_detached_call_that_is_cancelled_says_so_to_whoever_waits()
    {
        RemoteCall call = await Jobs.Remote.SpawnAsync(static jobs => jobs.WaitAsync(Path.Combine(HomeOfTests.Path, "detached"), CancellationToken.None), cancellationToken: Stop);
        Task<(int ExitCode, string Output, string Error)> waiting = CommandLine.RunAsync("result", call.Id);
        Assert.Equal(ExitCodes.Success, (await CommandLine.RunAsync("cancel", call.Id)).ExitCode);
        (int exitCode, _, string error) = await waiting;
        Assert.Equal(ExitCodes.Failed, exitCode);
        Assert.Contains($"Call {call.Id} of Runhouse.Cli.Tests.App.Jobs.WaitAsync(string) was cancelled by ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_calls_are_listed_last_and_are_chosen_by_number_member_and_state()
    {
        var ids = new List<string>();
        for (int i = 0; i < 25; i++)
        {
            RemoteCall call = await Jobs.Remote.SpawnAsync(static jobs => jobs.CountedAsync(), cancellationToken: Stop);
            await call.WaitAsync(Stop);
            ids.Add(call.Id);
        }

        RemoteCall failed = await Jobs.Remote.SpawnAsync(static jobs => jobs.FailAsync("listed"), cancellationToken: Stop);
        await Assert.ThrowsAsync<ArgumentException>(() => failed.WaitAsync(Stop));
        RemoteCall runs = await Jobs.Remote.SpawnAsync(static jobs => jobs.WaitAsync(Path.Combine(HomeOfTests.Path, "listed"), CancellationToken.None), cancellationToken: Stop);
        try
        {
            (int exitCode, string output, string error) = await CommandLine.RunAsync("calls", "--member", "jobs.counted");
            Assert.True(exitCode == ExitCodes.Success, error);
            Assert.Equal(ids[5..], IdsOf(output));
            Assert.Equal("5 older ones have ended and are not listed: --all lists them, --tail N, --member and --state choose.\n", error);
            Assert.Matches(@"^CALL +STATE +MEMBER +OBJECT +AGE +DURATION +CALLER", output);
            Assert.Matches(@" Completed +Runhouse\.Cli\.Tests\.App\.Jobs\.CountedAsync\(\) +\d+(\.\d)?m?s +\d+(\.\d)?m?s ", output);
            Assert.Equal(ids, IdsOf((await CommandLine.RunAsync("calls", "--member", "Jobs.CountedAsync", "--all")).Output));
            Assert.Equal(ids[23..], IdsOf((await CommandLine.RunAsync("calls", "--member", "Jobs.CountedAsync", "--tail", "2")).Output));

            // What has not ended is not left out, and whoever reads JSON chooses by himself.
            Assert.Contains(runs.Id, IdsOf((await CommandLine.RunAsync("calls", "--tail", "0")).Output));
            Assert.Contains(failed.Id, IdsOf((await CommandLine.RunAsync("calls", "--state", "failed", "--state", "Interrupted")).Output));
            Assert.DoesNotContain(runs.Id, IdsOf((await CommandLine.RunAsync("calls", "--state", "failed", "--state", "Interrupted")).Output));
            (_, output, error) = await CommandLine.RunAsync("calls", "--json", "--member", "CountedAsync");
            Assert.Equal(ids, JsonDocument.Parse(output).RootElement.EnumerateArray().Select(static one => one.GetProperty("call").GetProperty("id").GetString()));
            Assert.Empty(error);
        }
        finally
        {
            await runs.CancelAsync(Stop);
        }
    }

    [Theory]
    [InlineData("'done' is no state of a call. There are Waiting, Running, Completed, Failed, Cancelled, Interrupted.", "--state", "done")]
    [InlineData("--tail is a number of calls, 0 or more.", "--tail", "-1")]
    [InlineData("--tail is a number of calls, 0 or more.", "--tail", "x")]
    [InlineData("Say either --tail or --all.", "--tail", "1", "--all")]
    public async Task What_cannot_be_listed_is_told(string said, params string[] options)
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync(["calls", .. options]);
        Assert.Equal((ExitCodes.Usage, ""), (exitCode, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> IdsOf(string table) => table.TrimEnd('\n').Split('\n').Skip(1).Select(static line => line.Split(' ')[0]);

    private static async Task<JsonElement> FindAsync(Func<JsonElement, bool> isWanted)
    {
        while (true)
        {
            (_, string output, _) = await CommandLine.RunAsync("calls", "local", "--json");
            foreach (JsonElement one in JsonDocument.Parse(output).RootElement.EnumerateArray())
            {
                if (isWanted(one.GetProperty("call")))
                    return one.GetProperty("call");
            }

            await Task.Delay(50, Stop);
        }
    }
}
