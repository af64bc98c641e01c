[assembly: AssemblyFixture(typeof(Runhouse.Cli.Tests.HomeOfTests))]

namespace Runhouse.Cli.Tests;

/// <summary>A home of its own for this test run, and its host: what the user has saved is none of its business.</summary>
public sealed class HomeOfTests : IAsyncLifetime
{
    /// <summary>The folder.</summary>
    public static string Path { get; } = Directory.CreateTempSubdirectory("rhc-").FullName;

    public ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Path);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.Local().DownAsync(CancellationToken.None);
        Directory.Delete(Path, recursive: true);
    }
}
