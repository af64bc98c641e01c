using System.Runtime.InteropServices;

namespace Runhouse.Host.Hosting;

/// <summary>
/// The end of a host that an agent has begun. Who takes the place away may say so to every process there by SIGTERM, as Slurm does: the agent finds out whether there is time left,
/// of which it leaves the notice, and ends the hosts and its own folder where there is none.
/// </summary>
/// <param name="notice">The agent's notice, in its folder.</param>
/// <param name="application">The host.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentLifetime(string notice, IHostApplicationLifetime application, TimeProvider time) : IHostLifetime, IDisposable
{
    // Longer than an agent asks; whoever wants this process to end, and is no agent, waits longer than that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private PosixSignalRegistration[] _signals = [];

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnTerminate), .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGQUIT]).Select(signal => PosixSignalRegistration.Create(signal, OnInterrupt))];
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }

    private void OnInterrupt(PosixSignalContext signal)
    {
        signal.Cancel = true;
        application.StopApplication();
    }

    private void OnTerminate(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _ = DecideAsync();
    }

    private async Task DecideAsync()
    {
        long since = time.GetTimestamp();
        while (Directory.Exists(Path.GetDirectoryName(notice)) && time.GetElapsedTime(since) < Patience)
        {
            // The watch over it ends the host, in time.
            if (File.Exists(notice))
                return;
            await Task.Delay(Pause, time).ConfigureAwait(false);
        }

        application.StopApplication();
    }
}
