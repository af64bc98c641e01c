using System.Globalization;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Allocations;
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
        if (status.Cost is { } cost)
        {
            console.WriteLine(
                $"{cost.Count} x {cost.Machine}: {Prices.Text(cost.AnHour)} an hour, {Prices.Text(cost.SoFar)} in {Sizes.Time(cost.Time)}, {Prices.Text(cost.AMonth)} a month if it stays");
        }

        if (status.Stopped is { } stopped)
        {
            console.WriteLine(
                $"{stopped.Count} x {stopped.Machine}: stopped for {Sizes.Time(TimeProvider.System.GetUtcNow() - stopped.Since)}, {Number(stopped.DiskSize)} GiB of disk each, about {Prices.Text(stopped.AMonth)} a month until 'runhouse down {status.Name}'");
        }

        if (status.Allocation is { } allocation)
            Show(allocation, console);
        foreach (ClusterHostStatus host in status.Hosts)
        {
            (string word, string color) = host.State switch
            {
                ClusterHostState.Up => ("up", "green"),
                ClusterHostState.Down => ("down", "grey"),
                ClusterHostState.Queued => ("queued", "yellow"),
                ClusterHostState.Stopped => ("stopped", "grey"),
                _ => ("unknown", "red"),
            };
            console.MarkupLineInterpolated($"[bold]{status.Name}[/] ({status.Provider}) {host.Name}: [{color}]{word}[/]");
            if (host.Problem is { } problem)
                console.Line($"  {problem.Split('\n')[0]}");

            // What it had is on its machine alone.
            if (host.State is ClusterHostState.Down or ClusterHostState.Stopped)
                console.Line($"  schedules and detached calls that it has stand still until its next use, or 'runhouse up {status.Name}', starts it");
            if (host.Status is { } up)
                Show(up, console);
        }
    }

    private static void Show(Allocation allocation, IAnsiConsole console)
    {
        string since = Sizes.Time(TimeProvider.System.GetUtcNow() - (allocation.StartedAt ?? allocation.SubmittedAt));
        string nodes = allocation.Nodes.Count > 0 ? string.Join(", ", allocation.Nodes.Select(static node => node.Name)) : Number(allocation.Count) + (allocation.Count == 1 ? " node" : " nodes");
        string reason = allocation.Reason.Length > 0 ? $" ({allocation.Reason})" : "";
        console.WriteLine($"{allocation}: {allocation.State.ToString().ToLowerInvariant()}{reason} for {since}, {nodes}{(allocation.Place.Length > 0 ? $" of {allocation.Place}" : "")}, at no price that is known");
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
                $"  {device.Index}: {device.Name}: {(device.WorkerId is { } holder ? $"worker {holder}, " : "")}{(device.UsePercent is { } use ? $"{use} %" : "?")}, "
                + $"memory {(device.MemoryUsedBytes is { } used ? Sizes.Bytes(used) : "?")} of {(device.MemoryBytes is { } all ? Sizes.Bytes(all) : "?")}");
        }

        WorkerStatus[] workers = [.. host.Workers.Where(static worker => worker is { Deployment: not null, State: not WorkerState.Ended })];
        if (workers.Length > 0)
        {
            console.Write(Tables.Create(
                ["  WORKER", "APPLICATION", "PROCESS", "STATE", "CALLS", "CALLERS", "OBJECTS", "HOLDS", "MEMORY", "CPU"],
                workers.Select(static worker => new[]
                {
                    "  " + worker.Id, worker.Application!, worker.Process ?? "", worker.State.ToString(), Number(worker.Calls), Number(worker.Sessions), Number(worker.Objects),
                    HoldingOf(worker), MemoryOf(worker), Sizes.Time(TimeSpan.FromSeconds(worker.CpuSeconds)),
                })));
        }

        if (host.Waiting > 0)
            console.WriteLine($"  {host.Waiting} caller{(host.Waiting == 1 ? " waits" : "s wait")} for accelerators, cores or memory that others hold");
        if (host.Schedules.Count > 0)
            console.Write(ScheduleDisplay.Table(host.Schedules));
        if (host.Objects.Count > 0)
            console.Write(Tables.Create(["  OBJECT", "TYPE", "WORKER"], host.Objects.Select(static one => new[] { "  " + one.Name, one.TypeName, one.WorkerId ?? "kept" })));
    }

    private static string HoldingOf(WorkerStatus worker)
    {
        var parts = new List<string>(3);
        if (worker.Accelerators.Count > 0)
            parts.Add($"gpu {string.Join(',', worker.Accelerators)}");
        if (worker.Cpus > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{worker.Cpus:0.##} core{(worker.Cpus == 1 ? "" : "s")}"));
        if (worker.MemoryGiB > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{worker.MemoryGiB:0.##} GiB"));
        return string.Join(", ", parts);
    }

    private static string MemoryOf(WorkerStatus worker) => Sizes.Bytes(worker.MemoryBytes)
        + (worker.MemoryLimitBytes is { } limit ? $" of {Sizes.Bytes(limit)}{(worker.IsHeapLimitOnly ? " (heap only)" : "")}" : "");

    private static string Stops(HostStatus host) => host switch
    {
        { KeptUntil: { } until } => $", kept until {until.ToLocalTime():yyyy-MM-dd HH:mm}",
        { StopsAt: { } stops } => $", idle: stops at {stops.ToLocalTime():HH:mm:ss}",
        _ => "",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
