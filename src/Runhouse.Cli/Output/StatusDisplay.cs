using System.Globalization;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows what runs on a cluster.</summary>
internal static class StatusDisplay
{
    /// <summary>Shows it.</summary>
    /// <param name="status">The status.</param>
    /// <param name="console">Where.</param>
    public static void Show(ClusterStatus status, IAnsiConsole console)
    {
        foreach (ClusterHostStatus host in status.Hosts)
        {
            (string word, string color) = host.State switch
            {
                ClusterHostState.Up => ("up", "green"),
                ClusterHostState.Down => ("down", "grey"),
                _ => ("unknown", "red"),
            };
            console.MarkupLineInterpolated($"[bold]{status.Name}[/] ({status.Provider}) {host.Name}: [{color}]{word}[/]");
            if (host.Problem is { } problem)
                console.Line($"  {problem.Split('\n')[0]}");
            if (host.Status is { } up)
                Show(up, console);
        }
    }

    private static void Show(HostStatus host, IAnsiConsole console)
    {
        MachineStatus machine = host.Machine;
        string load = machine.Load.ToString("0.0", CultureInfo.InvariantCulture);
        console.WriteLine(
            $"  {machine.Cores} cores (load {load}), memory {Sizes.Bytes(machine.MemoryBytes - machine.MemoryAvailableBytes)} of {Sizes.Bytes(machine.MemoryBytes)}, "
            + $"disk {Sizes.Bytes(machine.DiskAvailableBytes)} free, host {host.Version}{Stops(host)}");
        foreach (AcceleratorStatus device in machine.Accelerators)
        {
            console.WriteLine(
                $"  {device.Name}: {(device.UsePercent is { } use ? $"{use} %" : "?")}, "
                + $"memory {(device.MemoryUsedBytes is { } used ? Sizes.Bytes(used) : "?")} of {(device.MemoryBytes is { } all ? Sizes.Bytes(all) : "?")}");
        }

        WorkerStatus[] workers = [.. host.Workers.Where(static worker => worker is { Deployment: not null, State: not WorkerState.Ended })];
        if (workers.Length > 0)
        {
            console.Write(Tables.Create(
                ["  WORKER", "APPLICATION", "STATE", "CALLS", "CALLERS", "OBJECTS", "MEMORY", "CPU"],
                workers.Select(static worker => new[]
                {
                    "  " + worker.Id, worker.Application!, worker.State.ToString(), Number(worker.Calls), Number(worker.Sessions), Number(worker.Objects),
                    Sizes.Bytes(worker.MemoryBytes), Sizes.Time(TimeSpan.FromSeconds(worker.CpuSeconds)),
                })));
        }

        if (host.Objects.Count > 0)
            console.Write(Tables.Create(["  OBJECT", "TYPE", "WORKER"], host.Objects.Select(static one => new[] { "  " + one.Name, one.TypeName, one.WorkerId })));
    }

    private static string Stops(HostStatus host) => host switch
    {
        { KeptUntil: { } until } => $", kept until {until.ToLocalTime():yyyy-MM-dd HH:mm}",
        { StopsAt: { } stops } => $", idle: stops at {stops.ToLocalTime():HH:mm:ss}",
        _ => "",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
