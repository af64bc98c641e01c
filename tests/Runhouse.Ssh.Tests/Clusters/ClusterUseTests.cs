using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>What else a cluster is used for: its image, commands, tunnels, logs, staying up and stopping.</summary>
public sealed class ClusterUseTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Acceptance(33)]
    public async Task An_image_prepares_the_machine_and_its_environment_reaches_remote_code_and_commands()
    {
        (Cluster bare, SshTestHost[] machines) = await _clusters.CreateAsync();
        Cluster cluster = bare.WithImage(Image.Base().Run("echo prepared > ~/prepared").Env("MODE", "training").Secret(
            Secret.FromValues("key", new Dictionary<string, string> { ["API_KEY"] = "correct-horse-battery" })));
        Assert.Equal("training", await Jobs.Remote.On(cluster).VariableAsync("MODE"));
        Assert.Equal("correct-horse-battery", await Jobs.Remote.On(cluster).VariableAsync("API_KEY"));
        Assert.Equal("prepared", await machines[0].RunAsync("cat ~ada/prepared"));

        using var output = new MemoryStream();
        using var error = new MemoryStream();
        Assert.Equal(7, await cluster.RunAsync("echo $MODE; echo oh >&2; exit 7", output, error, Stop));
        Assert.Equal("training\n", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal("oh\n", Encoding.UTF8.GetString(error.ToArray()));
        Assert.Equal("", await machines[0].RunAsync("grep -rl correct-horse-battery ~ada/.runhouse/hosts/*/logs || true"));

        // A changed environment is another worker's; the same one is the same worker.
        Assert.Equal("inference", await Jobs.Remote.On(bare.WithImage(Image.Base().Env("MODE", "inference"))).VariableAsync("MODE"));

        // Who takes the cluster by its name gets what the image left there, and is refused once that is gone.
        Cluster named = Cluster.Get(cluster.Name);
        Assert.Equal("inference", await Jobs.Remote.On(named).VariableAsync("MODE"));
        Assert.Equal(0, await named.RunAsync("test $MODE = inference", cancellationToken: Stop));
        await machines[0].RunAsync("pkill -9 -f Runhouse.[H]ost");
        await named.UpIfNotAsync(cancellationToken: Stop);
        var gone = await Assert.ThrowsAsync<DeploymentException>(() => named.RunAsync("true", cancellationToken: Stop));
        Assert.Contains($"Cluster '{named.Name}' has an image", gone.Message, StringComparison.Ordinal);
        Assert.Contains("WithImage", gone.Message, StringComparison.Ordinal);
        Assert.Equal("training", await Jobs.Remote.On(cluster).VariableAsync("MODE"));
        Assert.Equal("training", await Jobs.Remote.On(named).VariableAsync("MODE"));
    }

    [Fact]
    public async Task This_machines_own_ssh_logs_in_as_the_configuration_says()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        IReadOnlyList<string> arguments = SshCommandLine.Arguments(cluster.HostNames[0]);
        Assert.Equal(["-F", _clusters.ConfigFile, $"ssh://{cluster.HostNames[0]}"], arguments);
        using Process ssh = Process.Start(new ProcessStartInfo("ssh", [.. arguments, "hostname"]) { RedirectStandardOutput = true })!;
        Assert.Equal(await machines[0].RunAsync("hostname"), (await ssh.StandardOutput.ReadToEndAsync(Stop)).Trim());
    }

    [Fact]
    public async Task A_tunnel_leads_to_the_machine_and_outlives_the_way_there()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await using ClusterTunnel tunnel = await cluster.TunnelAsync(22, cancellationToken: Stop);
        Assert.StartsWith("SSH-2.0", await GreetingAsync(tunnel.LocalPort), StringComparison.Ordinal);
        await machines[0].RunAsync("pkill -9 -f 'ssh[d]: ada'");
        while (await GreetingAsync(tunnel.LocalPort) is null)
            await Task.Yield();
    }

    [Fact]
    public async Task A_tunnel_to_a_port_at_which_nobody_listens_says_so()
    {
        (Cluster cluster, _) = await _clusters.CreateAsync();
        await using ClusterTunnel tunnel = await cluster.TunnelAsync(9, cancellationToken: Stop);
        using var unanswered = new SemaphoreSlim(0);
        tunnel.Unanswered += (_, _) => unanswered.Release();

        // Each time, also where whoever asked has closed as soon as it saw the end.
        for (int i = 0; i < 50; i++)
        {
            Assert.Null(await GreetingAsync(tunnel.LocalPort));
            Assert.True(await unanswered.WaitAsync(TimeSpan.FromMinutes(1), Stop), $"Connection {i} was not said to be unanswered.");
        }
    }

    [Fact]
    public async Task Logs_are_read_while_they_are_written()
    {
        (Cluster cluster, _) = await _clusters.CreateAsync();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        await using IAsyncEnumerator<HostLogLine> lines = cluster.LogsAsync("host", tail: 1, follow: true, Stop).GetAsyncEnumerator(Stop);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(3, await Jobs.Remote.On(cluster).AddAsync(1, 2));
        while (!lines.Current.Line.Contains("serves deployment", StringComparison.Ordinal))
            Assert.True(await lines.MoveNextAsync());
    }

    [Fact]
    [Acceptance(45)]
    public async Task A_host_without_work_stops_unless_it_is_kept_warm()
    {
        (Cluster idle, SshTestHost[] machines) = await _clusters.CreateAsync();
        idle = idle.WithAutostop(TimeSpan.FromSeconds(2));
        (Cluster warm, _) = await _clusters.CreateAsync();
        warm = warm.WithAutostop(TimeSpan.FromSeconds(2));
        await warm.KeepWarmAsync(TimeSpan.FromHours(1), Stop);
        await idle.UpIfNotAsync(cancellationToken: Stop);
        while ((await idle.StatusAsync(Stop)).Hosts[0].State != ClusterHostState.Down)
            await Task.Delay(100, Stop);
        ClusterHostStatus kept = (await warm.StatusAsync(Stop)).Hosts[0];
        Assert.True(kept.Status?.KeptUntil is not null, $"{kept.State}: {kept.Problem}");

        // It lets nobody in any more before it has ended.
        while (await machines[0].RunAsync("pgrep -f '^[^ ]*dotnet exec .*Runhouse.Host' || true") != "")
            await Task.Delay(50, Stop);
    }

    [Fact]
    public async Task Of_a_program_that_was_built_anew_only_what_changed_is_sent_and_a_worker_of_its_own_runs_it()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        using var program = new CallerCopy(cluster);
        string first = await program.RunAsync("process-id");
        int files = await FilesAsync();
        await program.BuildAnewAsync();
        string second = await program.RunAsync("process-id");
        Assert.NotEqual(first, second);
        Assert.Equal(files + 1, await FilesAsync());
        Assert.Equal(second, await program.RunAsync("process-id"));
        Assert.Equal(files + 1, await FilesAsync());

        async Task<int> FilesAsync() => int.Parse(
            await machines[0].RunAsync($"find ~ada/.runhouse/hosts/{cluster.Name}/files -type f | wc -l"), CultureInfo.InvariantCulture);
    }

    private static async Task<string?> GreetingAsync(int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port, Stop);
        using var reader = new StreamReader(tcp.GetStream());
        return await reader.ReadLineAsync(Stop);
    }
}
