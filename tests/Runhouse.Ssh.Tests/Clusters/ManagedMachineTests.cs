using System.Globalization;
using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>Machines on which systemd looks after the sessions and services of users.</summary>
public sealed class ManagedMachineTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_stays_when_its_user_logs_out_of_a_machine_that_then_ends_all_processes()
    {
        (Cluster cluster, SshTestHost machine) = await _clusters.CreateManagedAsync();
        await machine.RunAsync("mkdir -p /etc/systemd/logind.conf.d; printf '[Login]\\nKillUserProcesses=yes\\n' > /etc/systemd/logind.conf.d/kill.conf; systemctl restart systemd-logind");
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        await using CounterRemote counter = await Counter.Remote.On(cluster).CreateAsync(40);
        int before = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        Assert.Contains($"runhouse-{cluster.Name}-", await machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"cat /proc/{before}/cgroup")), StringComparison.Ordinal);

        // Its variables and its mask are those of the session that started it.
        Assert.Equal("/home/ada", await Jobs.Remote.On(cluster).VariableAsync("HOME"));
        string own = await machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"tr '\\0' '\\n' < /proc/{before}/environ | grep LC_ALL || true; grep Umask /proc/{before}/status"));
        Assert.DoesNotContain("LC_ALL", own, StringComparison.Ordinal);
        Assert.DoesNotContain("0077", own, StringComparison.Ordinal);

        await machine.RunAsync("pkill -9 -f 'ssh[d]: ada'; while loginctl list-sessions --no-legend | grep -q ada; do sleep 0.05; done");
        Assert.Equal(41, await counter.IncrementAsync());
        Assert.Equal(before, (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId);

        // Nothing of it stays behind that would start it again.
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal("", await machine.RunAsync("pgrep -f '^[^ ]*dotnet exec .*Runhouse.Host' || true"));
        Assert.Equal("", await machine.RunAsync("runuser -u ada -- env XDG_RUNTIME_DIR=/run/user/$(id -u ada) systemctl --user list-units --all --no-legend 'runhouse-*'; ls /home/ada/.config/systemd 2>/dev/null || true"));
        Assert.Equal("", await machine.RunAsync("ls -A /home/ada/.runhouse/hosts/*/ | grep environment || true"));
    }

    [Fact]
    public async Task A_service_manager_that_refuses_the_host_s_unit_after_all_has_it_started_without()
    {
        (Cluster cluster, SshTestHost machine) = await _clusters.CreateManagedAsync();
        await machine.RunAsync("loginctl enable-linger ada; mkdir -p /etc/systemd/user/runhouse-.service.d; printf '[Unit]\\nRefuseManualStart=yes\\n' > /etc/systemd/user/runhouse-.service.d/refuse.conf");
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        Assert.Equal("/home/ada", await Jobs.Remote.On(cluster).VariableAsync("HOME"));
        int host = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        Assert.DoesNotContain("runhouse-", await machine.RunAsync(string.Create(CultureInfo.InvariantCulture, $"cat /proc/{host}/cgroup")), StringComparison.Ordinal);

        // The session's variables, which the unit was to read, lie nowhere.
        Assert.Equal("", await machine.RunAsync("ls -A /home/ada/.runhouse/hosts/*/ | grep environment || true"));
        Assert.Contains("Operation refused", await machine.RunAsync(
            "runuser -u ada -- env XDG_RUNTIME_DIR=/run/user/$(id -u ada) systemd-run --user --unit=runhouse-again true 2>&1 || true"), StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
    }
}
