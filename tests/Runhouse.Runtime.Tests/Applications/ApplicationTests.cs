using Runhouse.Protocol.Control;
using Runhouse.Runtime.Applications;

namespace Runhouse.Runtime.Tests.Applications;

/// <summary>Which application is meant: of a build's output, and of a host.</summary>
public sealed class ApplicationTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void The_program_of_a_folder_is_found_among_its_libraries_and_an_assembly_by_itself()
    {
        string program = _home.Write("bin/App.deps.json");
        _home.Write("bin/App.runtimeconfig.json");
        string library = _home.Write("bin/Lib.deps.json");
        string assembly = _home.Write("bin/Lib.dll");
        Assert.Equal(program, ApplicationFolder.FindDepsFile(Path.Combine(_home.Path, "bin")));
        Assert.Equal(library, ApplicationFolder.FindDepsFile(assembly));
    }

    [Fact]
    public void What_is_no_build_or_several_is_said_with_what_to_name()
    {
        string empty = Path.GetDirectoryName(_home.Write("empty/App.csproj"))!;
        string assembly = _home.Write("empty/App.dll");
        foreach (string name in (string[])["A", "B"])
        {
            _home.Write($"two/{name}.deps.json");
            _home.Write($"two/{name}.runtimeconfig.json");
        }

        Assert.Contains("bin/Release/net10.0", Message(empty), StringComparison.Ordinal);
        Assert.Contains("bin/Release/net10.0", Assert.Throws<FileNotFoundException>(() => ApplicationFolder.FindDepsFile(Path.Combine(_home.Path, "nosuch"))).Message, StringComparison.Ordinal);
        Assert.Contains("App.deps.json", Message(assembly), StringComparison.Ordinal);
        Assert.Contains("A.dll, B.dll", Message(Path.Combine(_home.Path, "two")), StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<ArgumentException>(() => ApplicationFolder.FindDepsFile(path)).Message;
    }

    [Fact]
    public void Of_an_application_the_current_deployment_is_meant_else_the_one_used_last_and_of_several_applications_none()
    {
        HostStatus one = Host(("aaaaaaaaaaaa1", "App", 1), ("aaaaaaaaaaaa2", "App", 3), ("bbbbbbbbbbbb1", "App", 2));
        Assert.Equal("aaaaaaaaaaaa2", new ApplicationChoice().Find(one).Id);
        HostStatus rolledBack = one with { Deployments = [.. one.Deployments.Select(static deployment => deployment with { IsCurrent = deployment.Id == "bbbbbbbbbbbb1" })] };
        Assert.Equal("bbbbbbbbbbbb1", new ApplicationChoice().Find(rolledBack).Id);
        Assert.Equal("bbbbbbbbbbbb1", new ApplicationChoice { Deployment = "B" }.Find(one).Id);
        Assert.Contains("aaaaaaaaaaaa or aaaaaaaaaaaa", Assert.Throws<ArgumentException>(() => new ApplicationChoice { Deployment = "aa" }.Find(one)).Message, StringComparison.Ordinal);
        Assert.Throws<RemoteNotFoundException>(() => new ApplicationChoice { Deployment = "c" }.Find(one));
        Assert.Throws<RemoteNotFoundException>(() => new ApplicationChoice().Find(Host()));

        HostStatus two = Host(("aaaaaaaaaaaa1", "App", 1), ("aaaaaaaaaaaa2", "Other", 3));
        Assert.Equal("aaaaaaaaaaaa1", new ApplicationChoice { Application = "App" }.Find(two).Id);
        Assert.Contains("App, Other", Assert.Throws<ArgumentException>(() => new ApplicationChoice().Find(two)).Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'Other'?", Assert.Throws<RemoteNotFoundException>(() => new ApplicationChoice { Application = "Othr" }.Find(two)).Message, StringComparison.Ordinal);
    }

    private static HostStatus Host(params (string Id, string Application, int Used)[] deployments) => new()
    {
        Host = "box",
        HostId = "h",
        Version = "1",
        ProcessId = 1,
        StartedAt = default,
        Deployments = [.. deployments.Select(static one => new DeploymentStatus(one.Id, one.Application, 1, 1) { UsedAt = DateTimeOffset.UnixEpoch.AddDays(one.Used) })],
        Workers = [],
        Objects = [],
        Machine = new MachineStatus { Name = "box", Cores = 1 },
    };
}
