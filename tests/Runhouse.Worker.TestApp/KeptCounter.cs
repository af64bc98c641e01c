namespace Runhouse.Worker.TestApp;

/// <summary>A remote class whose named objects keep their state.</summary>
public sealed class KeptCounter : ISnapshot<int>
{
    private int _value;

    public int Add(int amount) => Interlocked.Add(ref _value, amount);

    public ValueTask<int> TakeSnapshotAsync(CancellationToken cancellationToken) => new(Volatile.Read(ref _value));

    public ValueTask RestoreAsync(int state, CancellationToken cancellationToken)
    {
        _value = state;
        return default;
    }
}
