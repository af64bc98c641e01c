using Runhouse.Protocol.Generated;

namespace Runhouse.Worker.Loading;

/// <summary>A contract of the deployment, and the services that its remote code asks for.</summary>
/// <param name="contract">The generated contract.</param>
/// <param name="context">The worker, as the services see it.</param>
internal sealed class LoadedContract(RemoteContract contract, RemoteServicesContext context)
{
    // Started by the first constructor that asks: a deployment without services pays nothing. A failure is kept, as the start-up
    // code may have had effects and must not run twice.
    private readonly Lazy<IServiceProvider?> _services = new(() => contract.CreateServices(context));

    /// <summary>The generated contract.</summary>
    public RemoteContract Contract { get; } = contract;

    /// <summary>Resolves a <c>[FromServices]</c> parameter.</summary>
    /// <param name="type">The service's type.</param>
    /// <param name="parameter">The parameter's path for messages.</param>
    public object Resolve(Type type, string parameter)
    {
        var services = _services.Value ?? throw new InvalidOperationException(
            $"{parameter} is [FromServices], but the assembly {Contract.AssemblyName} registers no services. "
            + "Add [assembly: RemoteStartup(typeof(MyStartup))] with a class that registers them.");
        return services.GetService(type) ?? throw new InvalidOperationException(
            $"{parameter} is [FromServices], but no service of type {type} is registered. "
            + $"Register it in ConfigureServices of the class that [assembly: RemoteStartup(typeof(...))] names in the assembly {Contract.AssemblyName}; a class that no such attribute names is not used.");
    }

    /// <summary>Disposes the services, if they were started.</summary>
    public async ValueTask DisposeServicesAsync()
    {
        if (!_services.IsValueCreated)
            return;
        if (_services.Value is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else
            (_services.Value as IDisposable)?.Dispose();
    }
}
