using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Runhouse.Integration.App;

[assembly: Runhouse.RemoteStartup(typeof(Startup))]

namespace Runhouse.Integration.App;

/// <summary>Registers what remote code gets from the worker's services.</summary>
public sealed class Startup
{
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton(new Greeting("good morning"));
}

public sealed record Greeting(string Text);

/// <summary>Gets services from the worker, and the rest from the caller.</summary>
[Remote]
public sealed class Greeter(string name, [FromServices] Greeting greeting, [FromServices] ILogger<Greeter> logger)
{
    public Task<string> GreetAsync()
    {
        Log.Greeted(logger, name);
        return Task.FromResult($"{greeting.Text}, {name}");
    }
}

public interface IThermostat
{
    int Degrees { get; set; }

    Task<int> HeatAsync(int degrees);

    string Describe();
}

/// <summary>Its interface cannot be had remotely as it is.</summary>
[Remote]
public sealed class Thermostat : IThermostat
{
    public int Degrees { get; set; }

    public Task<int> HeatAsync(int degrees) => Task.FromResult(Degrees += degrees);

    public string Describe() => $"{Degrees} degrees";
}

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "greeted {Name}")]
    public static partial void Greeted(ILogger logger, string name);
}
