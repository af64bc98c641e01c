namespace Runhouse.Worker.Control;

/// <summary>Callers under TLS who have not shown a ticket yet: anybody who reaches the host's port can be one, so that few are on their way in at a time.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "It lives as long as the process.")]
internal sealed class Strangers
{
    /// <summary>Half as many as have a thread of their own.</summary>
    private const int Most = 32;
    private const int MostWaiting = 64;

    /// <summary>A tenth of what a caller has for coming back: whoever is not let in by then is the host's to carry.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _room = new(Most, Most);
    private int _waiting;

    /// <summary>Waits a little until there is room for one more.</summary>
    /// <returns>Whether there is; <see cref="Leave"/> follows.</returns>
    public async Task<bool> EnterAsync()
    {
        try
        {
            return Interlocked.Increment(ref _waiting) <= MostWaiting && await _room.WaitAsync(Patience).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>One has shown a ticket, or gone.</summary>
    public void Leave() => _room.Release();
}
