using System.Text.Json;
using Runhouse.Cli.Tests.App;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse calls</c>, <c>cancel</c>, <c>result</c> and <c>logs --call</c>, on a real host of this machine.</summary>
public sealed class CallsTests
{
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
