using System.Diagnostics;
using System.Text.Json;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse down</c> of a host that works, which is not that of the other tests.</summary>
public sealed class DownTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Down_says_which_calls_were_in_flight_and_their_callers_start_no_other_host()
    {
        string home = Directory.CreateTempSubdirectory("rhc-home-").FullName;
        try
        {
            using Process call = Start(home, "call", "Jobs.WaitAsync", "--arg", $"path={Path.Combine(home, "waits")}", "--build", Path.Combine(AppContext.BaseDirectory, "Runhouse.Cli.Tests.dll"));
            Assert.Equal("waiting", await call.StandardError.ReadLineAsync(Stop));

            (int exitCode, string output, string error) = await RunAsync(home, "down", "local");
            Assert.Equal((ExitCodes.Success, "local is down.\n"), (exitCode, output));
            Assert.StartsWith("local: a call was in flight: Runhouse.Cli.Tests.App.Jobs.WaitAsync(string) of ", error, StringComparison.Ordinal);
            Assert.Matches($@" {call.Id}\b", error);

            string told = await call.StandardError.ReadToEndAsync(Stop);
            await call.WaitForExitAsync(Stop);
            Assert.NotEqual(ExitCodes.Success, call.ExitCode);
            Assert.StartsWith("error: ", told, StringComparison.Ordinal);
            (_, output, _) = await RunAsync(home, "status", "local", "--json");
            Assert.Equal("Down", JsonDocument.Parse(output).RootElement[0].GetProperty("hosts")[0].GetProperty("state").GetString());
        }
        finally
        {
            await RunAsync(home, "down", "local");
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string home, params string[] arguments)
    {
        using Process process = Start(home, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync(Stop);
        string output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, output, await error);
    }

    private static Process Start(string home, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [TerminalScreen.Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["RUNHOUSE_HOME"] = home;
        return Process.Start(start)!;
    }
}
