using System.Collections.Concurrent;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>What the host asks a worker over its control line, and waits for.</summary>
/// <param name="send">Sends a message to the worker.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerQuestions(Action<HostToWorkerMessage> send, TimeProvider time)
{
    /// <summary>How long a worker may take: one that runs answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<IWorkerAnswer?>> _open = [];
    private long _last;

    /// <summary>Asks; null when the worker ends before it answers, or does not answer in time.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="question">Makes the question with its number.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="patience">How long to wait; null for as long as usual.</param>
    public async Task<T?> AskAsync<T>(Func<long, HostToWorkerMessage> question, CancellationToken cancellationToken, TimeSpan? patience = null)
        where T : class, IWorkerAnswer
    {
        long number = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<IWorkerAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[number] = answer;
        try
        {
            send(question(number));
            return await answer.Task.WaitAsync(patience ?? Patience, time, cancellationToken).ConfigureAwait(false) as T;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _open.TryRemove(number, out _);
        }
    }

    /// <summary>The worker has answered.</summary>
    public void Answer(IWorkerAnswer answer)
    {
        if (_open.TryGetValue(answer.RequestId, out TaskCompletionSource<IWorkerAnswer?>? question))
            question.TrySetResult(answer);
    }

    /// <summary>The worker has ended.</summary>
    public void End()
    {
        foreach (TaskCompletionSource<IWorkerAnswer?> question in _open.Values)
            question.TrySetResult(null);
    }
}
