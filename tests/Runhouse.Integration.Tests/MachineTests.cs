using System.Text.Json.Nodes;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Integration;

/// <summary>A machine becomes a host.</summary>
public sealed class MachineTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly ClusterSpec Pool = new() { Name = "pool", Provider = "ssh", Hosts = ["ada@folder"] };

    [Fact]
    public async Task A_machine_without_dotnet_gets_all_it_needs_once()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        var stages = new List<ProvisioningStage>();
        using HostClient first = await provider.GetHostAsync(Pool, 0, lost: null, new Recorder(stages), Stop);
        Assert.Equal("pool", (await first.GetStatusAsync(Stop)).Host);
        Assert.Equal([ProvisioningStage.Connecting, ProvisioningStage.Uploading, ProvisioningStage.Ready], stages.Distinct());
        long sent = machine.Received;
        Assert.InRange(sent, 10 << 20, 80 << 20);

        using HostClient again = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.Equal(first.Address.HostId, again.Address.HostId);

        // A host that ended comes back without anything being sent.
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
        Assert.False(await provider.DownAsync(Pool, 0, Stop));
        Assert.Null(await provider.FindHostAsync(Pool, 0, Stop));
        using HostClient next = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.NotEqual(first.Address.HostId, next.Address.HostId);
        Assert.Equal(sent, machine.Received);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_machine_is_looked_at_without_being_changed()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        IReadOnlyList<Finding> findings = await provider.CheckAsync(Pool, 0, Stop);
        Assert.DoesNotContain(findings, static finding => finding.Level == FindingLevel.Bad);
        Assert.Contains(findings, static finding => finding.Text.Contains("sends it from this machine", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding.Text.Contains("no host runs", StringComparison.Ordinal));
        File.Delete(Path.Combine(machine.Home, "tools", "gzip"));
        Finding lack = Assert.Single(await provider.CheckAsync(Pool, 0, Stop), static finding => finding.Level == FindingLevel.Bad);
        Assert.Contains("gzip", lack.Text, StringComparison.Ordinal);
        Assert.Contains("gzip", lack.Remedy, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(machine.Home, ".runhouse"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Callers_that_come_at_once_find_one_host()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        HostClient[] found = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop)));
        Assert.Single(found.Select(static host => host.Address.HostId).Distinct());
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task What_a_killed_host_left_behind_is_not_taken_for_a_host()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        using HostClient first = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        int pid = (await first.GetStatusAsync(Stop)).ProcessId;
        using (var process = System.Diagnostics.Process.GetProcessById(pid))
        {
            process.Kill();
            await process.WaitForExitAsync(Stop);
        }

        Assert.True(File.Exists(Path.Combine(machine.Home, ".runhouse", "hosts", "pool", "host.json")));
        Assert.True(await first.HasEndedAsync!(Stop));
        using HostClient next = await provider.GetHostAsync(Pool, 0, first, progress: null, Stop);
        Assert.NotEqual(pid, (await next.GetStatusAsync(Stop)).ProcessId);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Theory]
    [InlineData("protocol", """{"lowest":0,"highest":0}""")]
    [InlineData("abi", "0")]
    public async Task A_host_of_an_older_version_that_holds_nothing_makes_room(string member, string value)
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        using HostClient first = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        string path = Path.Combine(machine.Home, ".runhouse", "hosts", "pool", "host.json");
        JsonNode sign = JsonNode.Parse(await File.ReadAllTextAsync(path, Stop))!;
        sign[member] = JsonNode.Parse(value);
        await File.WriteAllTextAsync(path, sign.ToJsonString(), Stop);
        using HostClient next = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.NotEqual(first.Address.HostId, next.Address.HostId);

        // The one of this version stays, with the worker that it has ready.
        using HostClient again = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.Equal(next.Address.HostId, again.Address.HostId);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named_with_the_option_that_moves_it()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf(new RunhouseOptions { Ssh = { Directory = "/proc/runhouse" } });
        var error = await Assert.ThrowsAsync<DeploymentException>(() => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("/proc/runhouse", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:Ssh:Directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_has_the_mask_and_the_locale_of_the_session_and_its_own_files_are_private_all_the_same()
    {
        var machine = new ShellMachine(hasDotnet: true) { Session = "umask 002; LC_ALL=POSIX; export LC_ALL\n" };
        await using SshProvider provider = machine.ProviderOf();
        using HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        int pid = (await host.GetStatusAsync(Stop)).ProcessId;
        Assert.Contains("Umask:\t0002", await File.ReadAllTextAsync($"/proc/{pid}/status", Stop), StringComparison.Ordinal);
        Assert.Contains("\0LC_ALL=POSIX\0", "\0" + await File.ReadAllTextAsync($"/proc/{pid}/environ", Stop), StringComparison.Ordinal);
        string folder = Path.Combine(machine.Home, ".runhouse");
        await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(Path.Combine(folder, "hosts", "pool", "logs", "host.log"))));
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder),
            static path => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~own) != 0);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
        machine.Session = "";
        using HostClient without = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        pid = (await without.GetStatusAsync(Stop)).ProcessId;
        Assert.DoesNotContain("LC_ALL=", await File.ReadAllTextAsync($"/proc/{pid}/environ", Stop), StringComparison.Ordinal);
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_folder_without_a_root_is_below_the_home_and_one_of_a_named_user_is_refused()
    {
        var machine = new ShellMachine(hasDotnet: true);
        await using SshProvider provider = machine.ProviderOf(new RunhouseOptions { Ssh = { Directory = "work/runhouse" } });
        using HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.True(File.Exists(Path.Combine(machine.Home, "work", "runhouse", "hosts", "pool", "host.json")));
        Assert.True(await provider.DownAsync(Pool, 0, Stop));

        await using SshProvider named = machine.ProviderOf(new RunhouseOptions { Ssh = { Directory = "~bob/runhouse" } });
        var error = await Assert.ThrowsAsync<DeploymentException>(() => named.GetHostAsync(Pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("Runhouse:Ssh:Directory is '~bob/runhouse'", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(machine.Home, "~bob")));
    }

    [Fact]
    public async Task The_variables_that_a_start_left_behind_when_it_was_cut_off_go_with_the_next_one()
    {
        var machine = new ShellMachine(hasDotnet: true);
        await using SshProvider provider = machine.ProviderOf();
        string state = Path.Combine(machine.Home, ".runhouse", "hosts", "pool");
        Directory.CreateDirectory(state);

        // No process has such a number.
        string left = Path.Combine(state, ".environment.99999999");
        await File.WriteAllTextAsync(left, "export KEY='secret'", Stop);
        using HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.False(File.Exists(left));
        Assert.True(await provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_host_that_does_not_start_says_why()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        string state = Path.Combine(machine.Home, ".runhouse", "hosts", "pool");
        Directory.CreateDirectory(state);
        await File.WriteAllTextAsync(Path.Combine(state, "deployments"), "not a folder", Stop);
        var error = await Assert.ThrowsAsync<DeploymentException>(() => provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("exit code", error.Message, StringComparison.Ordinal);
        Assert.Contains("deployments", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_uses_any_more_goes_when_something_new_was_installed()
    {
        var machine = new ShellMachine();
        await using SshProvider provider = machine.ProviderOf();
        Install("programs/recent", TimeSpan.FromMinutes(10));
        Install("programs/young", TimeSpan.FromMinutes(20));
        string old = Install("programs/old", TimeSpan.FromHours(2));
        string used = Install("programs/used", TimeSpan.FromDays(9));
        string oldRuntime = Install("dotnet/old", TimeSpan.FromDays(9));
        Install("dotnet/last", TimeSpan.FromDays(2));
        string cutOff = Install("incoming.1", TimeSpan.FromDays(2));
        File.Copy("/bin/sleep", Path.Combine(used, "sleep"));
        Directory.SetLastWriteTimeUtc(used, DateTime.UtcNow.AddDays(-9));
        using var running = System.Diagnostics.Process.Start(Path.Combine(used, "sleep"), "1000");
        try
        {
            using HostClient host = await provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
            Assert.True(await provider.DownAsync(Pool, 0, Stop));
        }
        finally
        {
            running.Kill();
        }

        // The newest two of each, what somebody may just be starting from, and what runs.
        Assert.Equal(["recent", "used", "young"], Names("programs"));
        Assert.Equal(["last"], Names("dotnet"));
        Assert.False(Directory.Exists(old) || Directory.Exists(oldRuntime) || Directory.Exists(cutOff));

        string Install(string path, TimeSpan age)
        {
            string folder = Path.Combine(machine.Home, ".runhouse", path);
            Directory.CreateDirectory(Path.Combine(folder, "host"));
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow - age);
            return folder;
        }

        // But for the one that was installed, whose name says what is in it.
        string[] Names(string kind) => [.. Directory.GetDirectories(Path.Combine(machine.Home, ".runhouse", kind)).Select(static path => Path.GetFileName(path))
            .Where(static name => name.All(char.IsAsciiLetter)).Order(StringComparer.Ordinal)];
    }

    private sealed class Recorder(List<ProvisioningStage> stages) : IProgress<ProvisioningProgress>
    {
        public void Report(ProvisioningProgress value) => stages.Add(value.Stage);
    }
}
