using Microsoft.Extensions.DependencyInjection;
using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>Makes the services of remote code in a worker. Generated contracts call this.</summary>
public static class RemoteServices
{
    /// <summary>
    /// Makes the services: configuration (<c>appsettings.json</c> of the deployment, environment variables), logging that belongs to its call,
    /// and what the application's startup registers.
    /// </summary>
    /// <param name="context">The worker, as the services see it.</param>
    /// <param name="configure">The application's startup; null when it has none.</param>
    public static IServiceProvider Create(RemoteServicesContext context, Action<IServiceCollection>? configure)
        => throw new NotImplementedException();
}
