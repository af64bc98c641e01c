using Microsoft.Extensions.Time.Testing;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Tests.Providers;

public sealed class HostInstallationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public void The_programs_run_from_a_copy_that_outlives_the_build_output()
    {
        string built = Build("app", "code");
        string installed = Install(built);
        Directory.Delete(Path.Combine(_folder.Path, "app"), recursive: true);

        Assert.Equal("code", File.ReadAllText(Path.Combine(installed, "Runhouse.Host.dll")));
        Assert.Equal("worker", File.ReadAllText(Path.Combine(installed, "..", "worker", "runtimes", "Runhouse.Worker.dll")));
    }

    [Fact]
    public void Two_programs_with_the_same_files_share_one_copy_and_it_is_not_written_again()
    {
        string installed = Install(Build("first", "code"));
        string assembly = Path.Combine(installed, "Runhouse.Host.dll");
        File.WriteAllText(assembly, "mark");

        Assert.Equal(installed, Install(Build("second", "code")));
        Assert.Equal("mark", File.ReadAllText(assembly));
    }

    [Fact]
    public void Old_builds_of_the_host_go_once_there_are_two_newer_ones()
    {
        string first = Install(Build("app", "first"));
        _time.Advance(TimeSpan.FromMinutes(50));
        string second = Install(Build("app", "second"));
        _time.Advance(TimeSpan.FromMinutes(5));
        string third = Install(Build("app", "third"));
        Assert.True(Directory.Exists(first), "Somebody may just be starting from it.");

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(third, Install(Build("app", "third")));
        Assert.False(Directory.Exists(first));
        Assert.Equal("second", File.ReadAllText(Path.Combine(second, "Runhouse.Host.dll")));
        Assert.Equal("third", File.ReadAllText(Path.Combine(third, "Runhouse.Host.dll")));
    }

    [Fact]
    public void A_damaged_copy_is_made_anew()
    {
        string built = Build("app", "code");
        string assembly = Path.Combine(Install(built), "Runhouse.Host.dll");
        File.Delete(assembly);

        Install(built);
        Assert.Equal("code", File.ReadAllText(assembly));
    }

    [Fact]
    public void A_host_that_is_not_part_of_a_build_runs_where_it_is()
    {
        _folder.Write("opt/Runhouse.Host", "native");
        string directory = Path.Combine(_folder.Path, "opt");

        Assert.Equal(directory, Install(directory));
    }

    public void Dispose() => _folder.Dispose();

    private string Install(string built) => new HostInstallation(Path.Combine(_folder.Path, "programs"), _time).Install(built);

    private string Build(string application, string content)
    {
        _folder.Write($"{application}/runhouse/worker/runtimes/Runhouse.Worker.dll", "worker");
        return Path.GetDirectoryName(_folder.Write($"{application}/runhouse/host/Runhouse.Host.dll", content))!;
    }
}
