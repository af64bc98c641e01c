using System.Globalization;

namespace Runhouse.Providers.Machines;

/// <summary>No machines: addresses at which nothing answers (RFC 5737).</summary>
public sealed class AddressPool : IFakeMachines
{
    private int _last;

    /// <inheritdoc/>
    public Task<string> StartAsync(FakeMachine machine)
    {
        int number = Interlocked.Increment(ref _last);
        return Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"198.51.100.{number % 256}"));
    }

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
