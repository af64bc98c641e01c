using System.Globalization;
using System.Net.Sockets;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Finds out from the host why a connection to a worker was lost.</summary>
internal static class WorkerLoss
{
    private const int SigAbort = 6;
    private const int SigKill = 9;
    private const int SigTerminate = 15;
    private const int SignalBase = 128;
    private const int ShownLines = 10;
    private const int LinesBefore = 2;
    private const int Attempts = 3;

    private static readonly TimeSpan WaitForEnd = TimeSpan.FromSeconds(2);

    // Above what providers wait for the answer of whoever placed the machine, who is asked again and again for as long as the machine ends.
    private static readonly TimeSpan WaitForReason = TimeSpan.FromSeconds(60);

    // Above the wait, for a host that hangs: callers in flight are waiting for this answer.
    private static readonly TimeSpan WaitForAnswer = TimeSpan.FromSeconds(5);

    /// <summary>The error for the calls that were in flight.</summary>
    /// <param name="host">The worker's host.</param>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cause">What ended the connection; null when the far side closed it.</param>
    public static async Task<RemoteException> ExplainAsync(HostClient host, string worker, Exception? cause)
    {
        try
        {
            using var timeout = new CancellationTokenSource(WaitForAnswer);
            RemoteException described = Describe(await AskAsync(host, worker, timeout.Token).ConfigureAwait(false), host.Address, cause);

            // What ends a machine ends the workers first: the host sees a signal, and whoever placed the machine knows whose and why; but for one that has gone by itself since it had notice.
            return described is WorkerLostException lost && await OfMachineAsync(host, worker, lost, answers: true).ConfigureAwait(false) is { } ended
                && !(ended.Reason == WorkerLossReason.Unknown && lost.Reason is (WorkerLossReason.Preempted or WorkerLossReason.Evicted))
                ? new WorkerLostException(ended.Message, lost) { Reason = ended.Reason, ExitCode = ended.ExitCode ?? lost.ExitCode, Signal = lost.Signal, LastOutput = lost.LastOutput }
                : described;
        }
        catch (RemoteNotFoundException)
        {
            return new WorkerLostException($"Worker {worker} on {host.Address} has ended, and the host no longer knows how. Call again for a new worker.", cause);
        }
        catch (Exception e) when (e is RemoteException or OperationCanceledException)
        {
            if (e is HostUnreachableException && await OfMachineAsync(host, worker, e, answers: false).ConfigureAwait(false) is { } loss)
                return loss;
            if (e is HostUnreachableException unreachable && (IsOfEndedHost(host, unreachable) || (host.HasEndedAsync is { } hasEnded && await EndedAsync(hasEnded).ConfigureAwait(false))))
                return new WorkerLostException($"Worker {worker} went with {host.Address}, which has ended. Call again: the host is started anew, with another worker.", e);
            return new OutcomeUnknownException(
                $"The connection to worker {worker} was lost and {host.Address} cannot be asked why: {e.Message} Whether the calls in flight ran is not known.", e);
        }
    }

    /// <summary>How a worker has ended that its host named a moment ago, and that was not reached: its end is waited for a little, as the host notices it a moment after callers do.</summary>
    /// <param name="host">The worker's host.</param>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cause">How it was found out.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The error; null when the worker goes on, or the host does not say.</returns>
    public static async Task<RemoteException?> FindEndAsync(HostClient host, string worker, Exception cause, CancellationToken cancellationToken)
    {
        try
        {
            WorkerStatus status = await AskAsync(host, worker, cancellationToken).ConfigureAwait(false);
            return status.State == WorkerState.Ended ? Describe(status, host.Address, cause) : null;
        }
        catch (RemoteException)
        {
            // What the caller knows already says more than that.
            return null;
        }
    }

    /// <summary>Whether a host of this machine has ended, and its workers with it: where nobody listens any more, that is final.</summary>
    /// <param name="host">The host.</param>
    /// <param name="error">What became of a request to it.</param>
    public static bool IsOfEndedHost(HostClient host, HostUnreachableException error)
        => host.Address.IsThisMachine && error.InnerException?.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    /// <summary>The error for a worker whose machine has ended, where whoever placed the machine says so.</summary>
    /// <param name="host">The worker's host, which is not reached.</param>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cause">How that is known.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The error; null for a machine that goes on, or of which nobody knows.</returns>
    public static Task<WorkerLostException?> OfMachineAsync(HostClient host, string worker, Exception cause, CancellationToken cancellationToken)
        => OfMachineAsync(host, worker, cause, answers: false, cancellationToken);

    private static async Task<WorkerLostException?> OfMachineAsync(HostClient host, string worker, Exception cause, bool answers, CancellationToken cancellationToken)
    {
        if (host.FindLossAsync is not { } find || await find(cancellationToken).ConfigureAwait(false) is not { } loss || (answers && loss.IsComing))
            return null;
        return new WorkerLostException($"Worker {worker} went with {host.Address}. {loss.Message} Call again: another machine is asked for, with another host.", cause)
        {
            Reason = loss.Reason,

            // No misfortune, which somebody would have to be told between calls.
            ExitCode = loss.IsWanted ? 0 : null,
        };
    }

    // What ended the connection to the worker may have ended those to the host too, each of which is found out by asking over it.
    private static async Task<WorkerStatus> AskAsync(HostClient host, string worker, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await host.GetWorkerAsync(worker, WaitForEnd, cancellationToken).ConfigureAwait(false);
            }
            catch (HostUnreachableException) when (attempt < Attempts)
            {
                continue;
            }
        }
    }

    private static async Task<WorkerLostException?> OfMachineAsync(HostClient host, string worker, Exception cause, bool answers)
    {
        using var timeout = new CancellationTokenSource(WaitForReason);
        try
        {
            return await OfMachineAsync(host, worker, cause, answers, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteException or OperationCanceledException)
        {
            // Whoever placed the machine does not answer either.
            return null;
        }
    }

    private static async Task<bool> EndedAsync(Func<CancellationToken, Task<bool>> hasEnded)
    {
        using var timeout = new CancellationTokenSource(WaitForAnswer);
        try
        {
            return await hasEnded(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteException or OperationCanceledException)
        {
            // Its machine does not answer either: nobody knows.
            return false;
        }
    }

    /// <summary>The error for a worker in a state.</summary>
    /// <param name="status">What the host says about the worker.</param>
    /// <param name="host">The host.</param>
    /// <param name="cause">What ended the connection; null when the far side closed it.</param>
    public static RemoteException Describe(WorkerStatus status, HostAddress host, Exception? cause)
    {
        string worker = $"Worker {status.Id} (process {status.ProcessId}) on {host}";
        if (status.State != WorkerState.Ended)
        {
            return new OutcomeUnknownException(
                $"The connection to {worker} was lost while the worker goes on: {(cause?.Message ?? "it was closed").TrimEnd('.')}. Whether the calls in flight ran is not known. Call again to connect anew.",
                cause);
        }

        int? signal = status.Signal ?? (status.ExitCode > SignalBase ? status.ExitCode - SignalBase : null);
        bool outOfMemory = status.IsOutOfMemory || CrashOutput.IsOutOfMemory(status.LastOutput);
        WorkerLossReason reason = (signal, outOfMemory) switch
        {
            _ when status.Hang is not null => WorkerLossReason.Hung,
            _ when status.IsPreempted => WorkerLossReason.Preempted,
            _ when status.IsTimeOver => WorkerLossReason.Evicted,
            (SigKill or null, _) when status.IsOutOfMemory => WorkerLossReason.OutOfMemory,
            (SigKill or SigTerminate, _) => WorkerLossReason.Killed,
            (SigAbort, true) => WorkerLossReason.OutOfMemory,
            _ => WorkerLossReason.Crashed,
        };
        string how = (reason, signal) switch
        {
            (WorkerLossReason.Preempted, _) => "ended with its machine, which was taken back",
            (WorkerLossReason.Evicted, _) => "ended with its machine, whose time was over",
            (WorkerLossReason.Hung, _) => $"hung and was ended by its host: {status.Hang}",
            (WorkerLossReason.OutOfMemory, _) => $"ran out of memory{OfLimit(status)}",
            (WorkerLossReason.Killed, _) when status.IsEndedOnRequest => "was ended by command (runhouse kill)",
            (WorkerLossReason.Killed, _) => $"was killed by signal {signal}",
            (_, { } number) => $"crashed with signal {number}",
            _ => $"ended with exit code {status.ExitCode}",
        };
        string next = reason switch
        {
            WorkerLossReason.Hung => "Its log on the host has the stacks of its threads. Let long work look at its CancellationToken, or raise Runhouse:Limits:HangGraceSeconds; new calls and objects get a new worker.",
            WorkerLossReason.Preempted or WorkerLossReason.Evicted => "Call again for another machine (Retries and Idempotent do so by themselves); save what must not be lost when RemoteContext.Ending is cancelled.",
            WorkerLossReason.OutOfMemory => "Ask for more (a larger Memory, or Needing for this call) or hold less at once; new calls and objects get a new worker.",
            WorkerLossReason.Killed when status.IsEndedOnRequest => "New calls and objects get a new worker.",
            WorkerLossReason.Killed => "Find out who ended it (the kernel does when memory runs out: see its log); new calls and objects get a new worker.",
            _ when status.LastOutput.Count > 0 => "The end of its output usually says why; new calls and objects get a new worker.",
            _ => "Its log on the host may say why; new calls and objects get a new worker.",
        };

        // What it wrote has nothing to do with a command that ended it.
        string output = reason == WorkerLossReason.Killed && status.IsEndedOnRequest ? ""
            : status.LastOutput.Count == 0 ? "It wrote nothing before. "
            : "It wrote last:\n" + string.Concat(Shown(status.LastOutput).Select(static line => $"  {line}\n"));
        return new WorkerLostException($"{worker} {how}. {output}{next}", cause)
        {
            Reason = reason,
            ExitCode = signal is null ? status.ExitCode : null,
            Signal = signal,
            LastOutput = [.. status.LastOutput],
            MemoryPeakBytes = status.MemoryPeakBytes,
            MemoryLimitBytes = status.MemoryLimitBytes,
        };
    }

    private static string OfLimit(WorkerStatus status) => (status.MemoryLimitBytes, status.MemoryPeakBytes) switch
    {
        ({ } limit, { } peak) => $": it had up to {Mebibytes(peak)} of the {Mebibytes(limit)} that it may have",
        ({ } limit, null) => $": it may have {Mebibytes(limit)}",
        _ => "",
    };

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB");

    // A crash says its cause first, and then more stack than is worth showing here. Before it stands what the code did last.
    private static IEnumerable<string> Shown(IReadOnlyList<string> output)
    {
        int report = output.Count - 1;
        while (report >= 0 && !CrashOutput.IsBeginning(output[report]))
            report--;
        int first = Math.Max(0, report - LinesBefore);
        return report >= 0 ? output.Skip(first).Take(report - first + ShownLines) : output.TakeLast(ShownLines);
    }
}
