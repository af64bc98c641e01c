namespace Runhouse.Runtime.Client.Inline;

/// <summary>An inline object that its first call creates. A constructor that failed is tried again by the next call.</summary>
/// <param name="create">Calls the constructor.</param>
internal sealed class InlineLazyObject(Func<Task<ulong>> create)
{
    private readonly Lock _creating = new();
    private Task<ulong>? _created;

    /// <summary>The object's id; null when no call has asked for it.</summary>
    public Task<ulong>? Created
    {
        get
        {
            lock (_creating)
                return _created;
        }
    }

    /// <summary>The object's id, creating the object if this is the first call.</summary>
    public Task<ulong> GetAsync()
    {
        lock (_creating)
            return _created is null or { IsFaulted: true } or { IsCanceled: true } ? _created = create() : _created;
    }
}
