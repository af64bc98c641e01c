using System.Diagnostics;

namespace Runhouse.Cli.Watching;

/// <summary>The program that is run anew after each redeploy.</summary>
/// <param name="arguments">Its arguments.</param>
internal sealed class WatchedProgram(IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private Process? _process;

    /// <summary>Ends the former run, if it goes on, and starts another one.</summary>
    /// <param name="assembly">The program.</param>
    public async Task RestartAsync(string assembly)
    {
        await DisposeAsync().ConfigureAwait(false);
        _process = Process.Start(new ProcessStartInfo("dotnet", [assembly, .. arguments]));
    }

    /// <summary>Ends it, with all that it has started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
    }
}
