#pragma warning disable RH0120 // The tests ask one worker how often its static state has changed.

namespace Runhouse.Integration.App;

public interface ISlowStart
{
    Task<int> CountAsync(CancellationToken cancellationToken = default);
}

/// <summary>Its constructor takes until a test lets it go on.</summary>
[Remote]
public sealed class SlowStart : ISlowStart, IDisposable
{
    private static readonly ManualResetEventSlim Opened = new();
    private static int _started;
    private static int _disposed;

    public SlowStart()
    {
        Interlocked.Increment(ref _started);
        Opened.Wait();
    }

    [Remote]
    public static Task<int> StartedAsync() => Task.FromResult(Volatile.Read(ref _started));

    [Remote]
    public static Task<int> DisposedAsync() => Task.FromResult(Volatile.Read(ref _disposed));

    [Remote]
    public static Task OpenAsync()
    {
        Opened.Set();
        return Task.CompletedTask;
    }

    public Task<int> CountAsync(CancellationToken cancellationToken = default) => Task.FromResult(1);

    public void Dispose() => Interlocked.Increment(ref _disposed);
}
