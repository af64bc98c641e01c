using System.Collections.Concurrent;
using System.Diagnostics;
using Runhouse.Ssh.Network;

namespace Runhouse.Providers.Machines;

/// <summary>
/// Real machines: each in namespaces of its own on this one, with an SSH server, the cloud's metadata at its usual address, and a power switch that <c>shutdown</c> presses. They carry
/// out their user data.
/// </summary>
/// <param name="hasDotnet">Whether they have this machine's .NET, which spares the sending of it.</param>
public sealed class NamespaceMachines(bool hasDotnet = false) : IFakeMachines
{
    private const string Switch = """
        mkfifo /run/power
        rm -f /usr/sbin/shutdown
        cat > /usr/sbin/shutdown <<'END'
        #!/bin/sh
        case " $* " in *" +"[1-9]*|*" -c "*) echo "This machine shuts down now or not at all." >&2; exit 1 ;; esac
        echo off > /run/power
        END
        chmod 755 /usr/sbin/shutdown
        for other in poweroff halt; do rm -f /usr/sbin/$other; cp /usr/sbin/shutdown /usr/sbin/$other; done
        """;

    private readonly SshMachines _network = new();
    private readonly ConcurrentDictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MachineDisk> _disks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LoopDisk> _loops = new(StringComparer.Ordinal);

    /// <summary>Where there can be no such machines the test is skipped, except in CI.</summary>
    public static void Require()
    {
        if (SshMachines.FindObstacle() is not { } obstacle)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(obstacle);
        Assert.Skip(obstacle);
    }

    /// <summary>The machine with an id, to look into it.</summary>
    /// <param name="id">Its id in the cloud.</param>
    public SshTestHost Host(string id) => _running[id].Host;

    /// <inheritdoc/>
    public async Task<string> StartAsync(FakeMachine machine)
    {
        SshTestHost host = await _network.AddAsync(hasDotnet);
        await host.RunAsync($"ip addr add {MetadataServer.Address}/32 dev lo");
        MetadataServer metadata = await MetadataServer.StartAsync(host.NetworkNamespace, machine.Metadata);
        await host.RunAsync(Switch);
        Process power = host.Start("cat", "/run/power");
        _running[machine.Id] = new Running(host, metadata, power, WatchAsync(power, machine));
        if (_disks.TryGetValue(machine.Id, out MachineDisk? disk))
            await disk.RestoreAsync(host);
        else
            await CloudInit.RunAsync(host, machine.UserData);
        return host.Address;
    }

    /// <inheritdoc/>
    public async Task StopAsync(string id, bool keepsDisk = false)
    {
        if (!_running.TryRemove(id, out Running? running))
            return;
        if (keepsDisk)
            _disks[id] = await MachineDisk.SaveAsync(running.Host, Path.Combine(_network.Folder, $"{id}.tar"));
        await running.DisposeAsync();
    }

    /// <inheritdoc/>
    public async Task AttachAsync(FakeDisk disk) => _loops[disk.Id] = await LoopDisk.AttachAsync(Path.Combine(_network.Folder, $"{disk.Id}.img"), disk.Device);

    /// <inheritdoc/>
    public void Detach(string disk)
    {
        if (_loops.TryRemove(disk, out LoopDisk? loop))
            loop.DetachAsync().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (string id in _running.Keys)
            await StopAsync(id);
        foreach (string disk in _loops.Keys)
            Detach(disk);
        await _network.DisposeAsync();
    }

    private static async Task WatchAsync(Process power, FakeMachine machine)
    {
        if (await power.StandardOutput.ReadLineAsync() == "off")
            machine.HasShutDown();
    }

    private sealed record Running(SshTestHost Host, MetadataServer Metadata, Process Power, Task Watch) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Metadata.DisposeAsync();

            // All its processes end with it, the one at the switch among them.
            await Host.DisposeAsync();
            await Watch;
            Power.Dispose();
        }
    }
}
