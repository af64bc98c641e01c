using Microsoft.AspNetCore.Connections;

namespace Runhouse.Host.Hosting;

/// <summary>The life of a host process, from its lock to the last worker's end.</summary>
internal static class HostProgram
{
    /// <summary>The exit code when another host has the home: whoever started this one uses that one.</summary>
    private const int AnotherHostRuns = 3;

    private const int PortIsTaken = 4;

    public static async Task<int> RunAsync(HostSettings settings)
    {
        RunningHost? host;
        try
        {
            host = await RunningHost.StartAsync(settings, TimeProvider.System).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"Port {settings.Port} of this machine is taken by another program. Choose another port, or 0 for any that is free.").ConfigureAwait(false);
            return PortIsTaken;
        }

        if (host is null)
        {
            await Console.Error.WriteLineAsync($"Another host runs in {settings.Home}; its host.json says where.").ConfigureAwait(false);
            return AnotherHostRuns;
        }

        await using (host.ConfigureAwait(false))
            await host.Ended.ConfigureAwait(false);
        return 0;
    }
}
