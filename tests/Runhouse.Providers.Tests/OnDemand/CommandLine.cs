using System.Diagnostics;
using System.Text.Json;

namespace Runhouse.Providers.OnDemand;

/// <summary>The command line, as a program of its own with this one's configuration.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command that must succeed.</summary>
    /// <param name="arguments">Its words.</param>
    /// <returns>Its result.</returns>
    public static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        string program = Path.Combine(AppContext.BaseDirectory.Replace("tests/Runhouse.Providers.Tests", "src/Runhouse.Cli", StringComparison.Ordinal), "Runhouse.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(stop);
        string output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)} -> {process.ExitCode}\n{output}\n{await errors}");
        return JsonDocument.Parse(output).RootElement;
    }
}
