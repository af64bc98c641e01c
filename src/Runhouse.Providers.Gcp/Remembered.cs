namespace Runhouse.Providers.Gcp;

/// <summary>What was once found: concurrent callers look for it once, and what was not found is looked for again.</summary>
/// <param name="find">Looks for it.</param>
internal sealed class Remembered<TKey, TValue>(Func<TKey, CancellationToken, Task<TValue>> find) : IDisposable
    where TKey : notnull
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<TKey, TValue> _found = [];

    /// <summary>Gives it.</summary>
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

    /// <summary>Forgets all: the API says that something of it is not there any more.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        _found.Clear();
        _gate.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
