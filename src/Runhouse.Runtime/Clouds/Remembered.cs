namespace Runhouse.Runtime.Clouds;

/// <summary>What was once found in a cloud: concurrent callers look for it once, and what was not found is looked for again.</summary>
/// <typeparam name="TKey">What is looked for.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
/// <param name="find">Looks for it.</param>
public sealed class Remembered<TKey, TValue>(Func<TKey, CancellationToken, Task<TValue>> find) : IDisposable
    where TKey : notnull
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<TKey, TValue> _found = [];

    /// <summary>Gives it.</summary>
    /// <param name="key">What is looked for.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<TValue> GetAsync(TKey key, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _found.TryGetValue(key, out TValue? value) ? value : _found[key] = await find(key, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets all: the cloud says that something of it is not there any more.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        _found.Clear();
        _gate.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
