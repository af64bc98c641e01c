using System.Globalization;

namespace Runhouse.Providers.Machines;

/// <summary>No machines: addresses that refuse connections at once.</summary>
public sealed class ClosedMachines : IFakeMachines
{
    private int _last;

    /// <inheritdoc/>
    public Task<string> StartAsync(FakeMachine machine) => Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"127.88.0.{Interlocked.Increment(ref _last) % 255}"));

    /// <inheritdoc/>
    public Task StopAsync(string id, bool keepsDisk = false) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task AttachAsync(FakeDisk disk) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Detach(string disk)
    {
        // There is none.
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
