using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Tests.Injection;

public sealed class RemoteServicesTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("runhouse-services-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Configuration_comes_from_the_deployment_and_the_environment_wins()
    {
        string variable = "RUNHOUSE_TEST_" + Environment.ProcessId;
        Write($$"""{ "Model": "llama", "{{variable}}": "file" }""");
        Environment.SetEnvironmentVariable(variable, "environment");
        try
        {
            var configuration = Services().GetRequiredService<IConfiguration>();
            Assert.Equal(("llama", "environment"), (configuration["Model"], configuration[variable]));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void Log_lines_reach_the_worker_with_level_category_and_exception()
    {
        Write("""{ "Logging": { "LogLevel": { "Default": "Debug", "Noisy": "Error" } } }""");
        var lines = new List<(int Level, string Category, string Message)>();
        var loggers = Services(lines).GetRequiredService<ILoggerFactory>();
        Log("App", LogLevel.Debug, "step 3");
        Log("App", LogLevel.Trace, "too fine");
        Log("Noisy.Part", LogLevel.Warning, "too little");
        Log("App", LogLevel.Error, "failed", new FormatException("why"));
        Assert.Equal((1, "App", "step 3"), lines[0]);
        Assert.Equal((4, "App"), (lines[1].Level, lines[1].Category));
        Assert.StartsWith("failed\nSystem.FormatException: why", lines[1].Message, StringComparison.Ordinal);
        Assert.Equal(2, lines.Count);

        void Log(string category, LogLevel level, string text, Exception? error = null)
            => loggers.CreateLogger(category).Log(level, 0, text, error, static (text, _) => text);
    }

    [Fact]
    public void A_log_level_that_is_none_is_an_error_that_names_it()
    {
        Write("""{ "Logging": { "LogLevel": { "App": "Loud" } } }""");
        Assert.Contains("Logging:LogLevel:App", Assert.Throws<InvalidOperationException>(() => Services()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_startup_registers_wins()
    {
        var time = new OwnTime();
        IServiceProvider services = RemoteServices.Create(new Context(_root.FullName, []), registered => registered.AddSingleton<TimeProvider>(time));
        Assert.Same(time, services.GetRequiredService<TimeProvider>());
        Assert.Same(TimeProvider.System, Services().GetRequiredService<TimeProvider>());
    }

    private void Write(string settings) => File.WriteAllText(Path.Combine(_root.FullName, "appsettings.json"), settings);

    private IServiceProvider Services(List<(int, string, string)>? lines = null) => RemoteServices.Create(new Context(_root.FullName, lines ?? []), null);

    private sealed class OwnTime : TimeProvider;

    private sealed class Context(string root, List<(int, string, string)> lines) : RemoteServicesContext
    {
        public override string ContentRoot => root;

        public override void Log(int level, string category, string message) => lines.Add((level, category, message));
    }
}
