using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Integration;

/// <summary>Hosts of machines that end: of their own, because they are told to, or because they are stuck; and what is left of those that have ended.</summary>
public sealed class EndingHostTests : IAsyncDisposable
{
    private static readonly ClusterSpec Pool = new() { Name = "pool", Provider = "ssh", Hosts = ["ada@folder"] };

    private readonly ShellMachine _machine = new(hasDotnet: true);
    private readonly SshProvider _provider;
    private readonly List<Process> _processes = [];

    public EndingHostTests() => _provider = _machine.ProviderOf();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string State => Path.Combine(_machine.Home, ".runhouse", "hosts", "pool");

    private string Sign => Path.Combine(State, "host.json");

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.Dispose();
        }

        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_host_that_comes_up_while_another_one_ends_in_its_place_is_started_once_that_is_free()
    {
        Directory.CreateDirectory(State);
        Task<HostClient> start;
        using (new FileStream(Path.Combine(State, "host.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            start = _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
            string log = Path.Combine(State, "logs", "start.log");
            await Eventually.IsTrueAsync(async () => start.IsCompleted || (File.Exists(log) && (await File.ReadAllTextAsync(log, Stop)).Contains("Another host", StringComparison.Ordinal)));
        }

        using HostClient host = await start;
        Assert.Equal("pool", (await host.GetStatusAsync(Stop)).Host);
        Assert.True(await _provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_call_that_comes_while_a_host_ends_gets_the_next_one()
    {
        using HostClient first = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);

        // A request that does not come to its end: the host waits for it for a while.
        using var upload = new TcpClient();
        await upload.ConnectAsync(IPAddress.Loopback, first.Address.Uri.Port, Stop);
        await upload.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"PUT /v1/files/{new string('a', 64)} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {first.Address.Token}\r\nContent-Length: 9\r\n\r\nhalf"), Stop);
        await first.GetStatusAsync(Stop);
        await first.StopAsync(Stop);
        using HostClient next = await _provider.GetHostAsync(Pool, 0, first, progress: null, Stop);
        Assert.NotEqual(first.Address.HostId, next.Address.HostId);
        Assert.Equal("pool", (await next.GetStatusAsync(Stop)).Host);
        Assert.True(await _provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task Two_who_take_a_host_down_at_once_both_see_it_end()
    {
        using HostClient host = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        bool[] were = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _provider.DownAsync(Pool, 0, Stop)));
        Assert.Contains(true, were);
        Assert.Null(await _provider.FindHostAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_host_that_is_stopping_already_is_waited_for_when_it_is_taken_down()
    {
        Process process = Host(State);
        using var port = new FakeHost(503, """{"code":"stopping","message":"The host is stopping."}""", () => process.StandardInput.Close());
        WriteSign(process.Id, port);
        Assert.True(await _provider.DownAsync(Pool, 0, Stop));
        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task A_call_that_a_stopping_host_refuses_waits_for_its_end_and_gets_the_next_one()
    {
        // It ends once somebody waits for it.
        string waiting = Path.Combine(_machine.Home, "waiting");
        _machine.Replace("sleep", $": >'{waiting}'; exec /bin/sleep \"$@\"");
        Process process = Start("/bin/sh", "-c", "until [ -e \"$0\" ]; do /bin/sleep 0.01; done", waiting, "--home", State);
        using var port = new FakeHost(503, """{"code":"stopping","message":"The host is stopping."}""");
        WriteSign(process.Id, port);
        using HostClient stopping = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        await Assert.ThrowsAsync<HostUnreachableException>(() => stopping.KeepWarmAsync(TimeSpan.FromSeconds(1), Stop));
        using HostClient next = await _provider.GetHostAsync(Pool, 0, stopping, progress: null, Stop);
        Assert.NotEqual("before", next.Address.HostId);
        Assert.True(await _provider.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task A_host_that_is_stuck_is_taken_down_by_its_process()
    {
        await using SshProvider hasty = _machine.ProviderOf(new RunhouseOptions { ConnectTimeout = TimeSpan.FromSeconds(5) });
        using HostClient host = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        int pid = (await host.GetStatusAsync(Stop)).ProcessId;
        using (Process stop = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -STOP {pid}")]))
            await stop.WaitForExitAsync(Stop);
        Assert.True(await hasty.DownAsync(Pool, 0, Stop));
        Assert.False(File.Exists($"/proc/{pid}/cmdline") && (await LocalHost.CommandLineAsync(pid)).Contains("Runhouse.Host", StringComparison.Ordinal));
        Assert.Null(await _provider.FindHostAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task Another_host_that_got_the_number_of_a_killed_one_is_neither_found_nor_waited_for()
    {
        Process other = Start("/bin/sh", "-c", "read line", "Runhouse.Host", "--home", State + "-else");
        using var port = new FakeHost(200, "{}");
        WriteSign(other.Id, port);
        Assert.Null(await _provider.FindHostAsync(Pool, 0, Stop));
        using HostClient host = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        Assert.NotEqual("before", host.Address.HostId);
        Assert.True(await _provider.DownAsync(Pool, 0, Stop));
        Assert.False(other.HasExited);
    }

    [Fact]
    public async Task A_host_is_found_by_another_name_of_its_folder()
    {
        using HostClient host = await _provider.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);
        File.CreateSymbolicLink(Path.Combine(_machine.Home, "link"), Path.Combine(_machine.Home, ".runhouse"));
        await using SshProvider linked = _machine.ProviderOf(new RunhouseOptions { Ssh = { Directory = "~/link/" } });
        using HostClient? found = await linked.FindHostAsync(Pool, 0, Stop);
        Assert.Equal(host.Address.HostId, found?.Address.HostId);
        Assert.True(await linked.DownAsync(Pool, 0, Stop));
    }

    private Process Host(string state) => Start("/bin/sh", "-c", "read line", "Runhouse.Host", "--home", state);

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true })!;
        _processes.Add(process);
        return process;
    }

    private void WriteSign(int pid, FakeHost host)
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(Sign, string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"pid":{{pid}},"port":{{host.Port}},"token":"t","hostId":"before","version":"0.1.0","startedAt":"2026-01-01T00:00:00Z","fingerprint":"{{host.Fingerprint}}","protocol":{"lowest":1,"highest":1},"abi":{{GeneratedAbi.Number}} }"""));
    }
}
