using System.Collections.Concurrent;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>
/// Compares what code needs with what this machine has. Code that is developed here and runs elsewhere in production must start here, so a
/// need that is not met is a warning, once, unless the configuration wants it to be an error.
/// </summary>
/// <param name="machine">This machine; looked at when code first needs something.</param>
/// <param name="strict">Whether an unmet need is an error.</param>
/// <param name="output">Where warnings go.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalNeeds(Lazy<LocalMachine> machine, bool strict, RemoteOutput output, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);

    /// <summary>Whether this machine has what some code needs.</summary>
    /// <param name="needs">What the code needs.</param>
    public bool AreMet(Resources needs) => needs == Resources.None || machine.Value.Lacks(needs) is null;

    /// <summary>Checks needs.</summary>
    /// <param name="needs">What the code about to run needs.</param>
    /// <exception cref="CapacityException">This machine does not have it, and the configuration is strict.</exception>
    public void Check(Resources needs)
    {
        if (needs == Resources.None || machine.Value.Lacks(needs) is not { } lack)
            return;
        if (strict)
        {
            throw new CapacityException(
                $"This machine does not have what the remote code needs: {lack}. Run it on a cluster that has it, lower the need, or set Runhouse:Local:Strict to false to run it here as it is.");
        }

        if (_warned.TryAdd(lack, true))
        {
            output.Warn(
                $"This machine does not have what the remote code needs: {lack}. It runs here as it is; set Runhouse:Local:Strict to true to make this an error.",
                time);
        }
    }
}
