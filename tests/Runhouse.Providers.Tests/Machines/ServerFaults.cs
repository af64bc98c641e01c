using System.Collections.Concurrent;

namespace Runhouse.Providers.Machines;

/// <summary>What tests want to go wrong with the requests of a cloud's server. Thread-safe.</summary>
/// <typeparam name="TError">What a request fails with.</typeparam>
internal sealed class ServerFaults<TError>
    where TError : Exception
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<TError>> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _cuts = new(StringComparer.Ordinal);

    /// <summary>Fails the next request of an action; further calls fail those behind it.</summary>
    public void FailNext(string action, TError error) => _failures.GetOrAdd(action, static _ => []).Enqueue(error);

    /// <summary>Cuts the connection instead of the answers of the next requests of an action, which are carried out.</summary>
    public void CutNext(string action, int times) => _cuts[action] = times;

    /// <summary>Throws what the next request of an action is to fail with, if it is.</summary>
    public void ThrowNext(string action)
    {
        if (_failures.TryGetValue(action, out ConcurrentQueue<TError>? failures) && failures.TryDequeue(out TError? failure))
            throw failure;
    }

    /// <summary>Whether the answer of a request is cut off.</summary>
    public bool TakeCut(string action)
    {
        if (_cuts.GetValueOrDefault(action) is not (> 0 and var cuts))
            return false;
        _cuts[action] = cuts - 1;
        return true;
    }
}
