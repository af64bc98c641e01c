namespace Runhouse.Runtime.Injection;

/// <summary>A remote object that a factory makes once, and that goes with the container.</summary>
/// <typeparam name="TProxy">The proxy.</typeparam>
/// <param name="services">The container.</param>
/// <param name="factory">Makes the proxy.</param>
internal sealed class RemoteSingleton<TProxy>(IServiceProvider services, Func<IServiceProvider, Task<TProxy>> factory) : IAsyncDisposable
    where TProxy : class
{
    private readonly Lazy<Task<TProxy>> _task = new(() => factory(services));

    /// <summary>The proxy, being made from the first time on that it is asked for.</summary>
    public Task<TProxy> Task => _task.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A factory that failed has told whoever awaited it.
        if (_task.IsValueCreated && _task.Value.IsCompletedSuccessfully && await _task.Value.ConfigureAwait(false) is IAsyncDisposable proxy)
            await proxy.DisposeAsync().ConfigureAwait(false);
    }
}
