using System.Diagnostics;
using System.Text.Json;

namespace Runhouse.Benchmarks.Redeploy;

/// <summary><c>runhouse watch</c> at work on a project.</summary>
internal sealed class WatchProcess : IAsyncDisposable
{
    private readonly Process _process;

    private WatchProcess(Process process) => _process = process;

    /// <summary>Starts it, and waits until it watches.</summary>
    /// <param name="project">The project.</param>
    public static async Task<WatchProcess> StartAsync(EditedProject project)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string tool = Path.Combine(EditedProject.Root(), "src", "Runhouse.Cli", "bin", configuration, "net10.0", "Runhouse.Cli.dll");
        var watch = new WatchProcess(Process.Start(new ProcessStartInfo("dotnet", [tool, "watch", project.Folder, "--json", "--property", "BuildProjectReferences=false"]) { RedirectStandardOutput = true })!);
        await watch.NextAsync("Watching");
        return watch;
    }

    /// <summary>Waits until it says that it has done something.</summary>
    /// <param name="kind">What.</param>
    public async Task NextAsync(string kind)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            string actual = JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!;
            if (actual == kind)
                return;
            if (actual == "Failed")
                throw new InvalidOperationException(line);
        }

        throw new InvalidOperationException($"The tool ended with {_process.ExitCode} before it was {kind}.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (Process end = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await end.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
