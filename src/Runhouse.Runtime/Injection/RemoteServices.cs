using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Runhouse.Injection;
using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>Makes the services of remote code in a worker. Generated contracts call this.</summary>
public static class RemoteServices
{
    /// <summary>
    /// Makes the services: configuration (<c>appsettings.json</c> and <c>appsettings.{DOTNET_ENVIRONMENT}.json</c> of the deployment, then
    /// environment variables), logging that belongs to its call, options, a <see cref="TimeProvider"/>, and what the application's startup
    /// registers, which wins.
    /// </summary>
    /// <param name="context">The worker, as the services see it.</param>
    /// <param name="configure">The application's startup; null when it has none.</param>
    public static IServiceProvider Create(RemoteServicesContext context, Action<IServiceCollection>? configure)
    {
        ArgumentNullException.ThrowIfNull(context);
        string environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Production";
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .SetBasePath(context.ContentRoot)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true)
            .AddEnvironmentVariables()
            .Build();

        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(TimeProvider.System);
        services.AddOptions();
        services.AddLogging(logging =>
        {
            AddLevels(logging, configuration.GetSection("Logging:LogLevel"));
            logging.AddProvider(new RemoteLoggerProvider(context));
        });
        configure?.Invoke(services);
        return services.BuildServiceProvider();
    }

    /// <summary>The usual section: <c>Default</c>, and a level by the beginning of a category.</summary>
    private static void AddLevels(ILoggingBuilder logging, IConfigurationSection levels)
    {
        foreach (IConfigurationSection entry in levels.GetChildren())
        {
            if (!Enum.TryParse(entry.Value, ignoreCase: true, out LogLevel level))
            {
                throw new InvalidOperationException(
                    $"'{entry.Path}' is '{entry.Value}', which is no log level. Write one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }

            if (entry.Key == "Default")
                logging.SetMinimumLevel(level);
            else
                logging.AddFilter(entry.Key, level);
        }
    }
}
