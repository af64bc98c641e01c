namespace Runhouse.Worker.TestApp;

/// <summary>A remote class: counts, and says when it is disposed.</summary>
public sealed class Counter(int start) : IAsyncDisposable
{
    private static int _disposed;
    private int _value = start;

    public static int Disposed => Volatile.Read(ref _disposed);

    public int Add(int amount) => Interlocked.Add(ref _value, amount);

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposed);
        return ValueTask.CompletedTask;
    }
}
