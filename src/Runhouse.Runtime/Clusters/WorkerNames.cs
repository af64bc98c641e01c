using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Finds a worker by what people call it.</summary>
internal static class WorkerNames
{
    /// <summary>Finds a worker that has not ended.</summary>
    /// <param name="workers">The host's workers.</param>
    /// <param name="name">The name of a process, or the id of a worker.</param>
    /// <exception cref="RemoteNotFoundException">There is none; the message lists those that there are.</exception>
    /// <exception cref="ArgumentException">There are several; the message has their ids.</exception>
    public static WorkerStatus Find(IReadOnlyList<WorkerStatus> workers, string name)
    {
        WorkerStatus[] running = [.. workers.Where(static worker => worker is { Deployment: not null, State: not WorkerState.Ended })];
        if (Array.Find(running, worker => worker.Id == name) is { } exact)
            return exact;
        return running.Where(worker => worker.Process == name).ToArray() switch
        {
            [var one] => one,
            [] => throw new RemoteNotFoundException(
                $"The host has no process '{name}', nor a worker of that id. "
                + (running.Length == 0 ? "No worker serves there now." : $"It has {string.Join(", ", running.Select(Describe))}.")),
            var several => throw new ArgumentException($"Several workers are the process '{name}': {string.Join(", ", several.Select(Describe))}. Name one by its id."),
        };
    }

    private static string Describe(WorkerStatus worker) => $"{worker.Id} ({(worker.Process is { } process ? $"process '{process}' of " : "")}{worker.Application})";
}
