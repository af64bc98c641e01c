[assembly: AssemblyFixture(typeof(Runhouse.Cli.Tests.HomeOfTests))]

namespace Runhouse.Cli.Tests;

/// <summary>A home of its own for this test run: what the user has saved is none of its business.</summary>
public sealed class HomeOfTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("rhc-").FullName;

    public HomeOfTests() => Environment.SetEnvironmentVariable("RUNHOUSE_HOME", _home);

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
