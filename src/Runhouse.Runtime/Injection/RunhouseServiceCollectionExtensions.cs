using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Runhouse.Runtime.Client;

namespace Runhouse;

/// <summary>Adds Runhouse to an application's services.</summary>
public static class RunhouseServiceCollectionExtensions
{
    /// <summary>
    /// Adds Runhouse: its configuration comes from the container's <see cref="IConfiguration"/> too, and what remote code writes goes to the
    /// container's loggers. From the container's first use of it on, it serves the plain remote calls of this process as well.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes options last; null for none.</param>
    public static RunhouseBuilder AddRunhouse(this IServiceCollection services, Action<RunhouseOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            RunhouseRuntime.Prepare(configure);
        services.TryAddSingleton(provider =>
        {
            var runtime = RunhouseRuntime.Create(
                provider.GetService<IConfiguration>(), configure, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>());
            RunhouseRuntime.Use(runtime);
            return runtime;
        });
        services.TryAddSingleton(static provider => provider.GetRequiredService<RunhouseRuntime>().Options);
        return new RunhouseBuilder(services);
    }
}
