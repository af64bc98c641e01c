using Microsoft.Extensions.Configuration;
using Runhouse.Providers.Aws;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Machines;

namespace Runhouse.Providers.Leases;

/// <summary>
/// A process that leases machines, with EC2's own client. It can be killed at a request: the request, or its answer, never ends, so that nothing of the process goes on, and the
/// system gives its locks back.
/// </summary>
internal sealed class LeasingProcess
{
    private readonly RunhouseHome _home;
    private readonly Task _killed = new TaskCompletionSource().Task;

    static LeasingProcess() => HastyAws.Register();

    public LeasingProcess(string home, FakeEc2 ec2, TimeProvider time, string? profile = null, string? regions = null)
    {
        _home = new RunhouseHome(home);
        var all = new RunhouseOptions();
        OnDemandOptions options = all.OnDemand;
        options.Providers["Aws"] = new Dictionary<string, string?> { ["ServiceUrl"] = ec2.Url, ["Profile"] = profile, ["Regions"] = regions };
        Store = new LeaseStore(_home);
        var clouds = new CloudSet(options, time);
        Keeper = new LeaseKeeper(Store, clouds, () => MachineCatalogue.Load(_home, new CatalogueOptions { Overrides = "none" }), options, Owner, time);
        Collector = new LeaseCollector(Store, Keeper, clouds, options.StoppedTime, Owner, time);
        Clusters = new ClusterStore(_home, time);
        Provider = new OnDemandProvider(all, new ComposedRuntimes(_home.Runtimes, time), Store, Keeper, clouds, time);
        Connections = new ClusterConnections([Provider], Clusters, all, _home, new ConsoleOutput(), time);
    }

    /// <summary>The clusters, as they are saved.</summary>
    public ClusterStore Clusters { get; }

    public OnDemandProvider Provider { get; }

    public ClusterConnections Connections { get; }

    public LeaseStore Store { get; }

    public LeaseKeeper Keeper { get; }

    public LeaseCollector Collector { get; }

    private string Owner() => MachineOwner.Of(_home);

    /// <summary>Runs a command, and kills the process at a request of it.</summary>
    /// <param name="ec2">The server.</param>
    /// <param name="command">The command.</param>
    /// <param name="request">At which request, from 0.</param>
    /// <param name="isCarriedOut">Whether the request is carried out before.</param>
    /// <returns>Whether it came to its end before.</returns>
    public async Task<bool> RunAsync(FakeEc2 ec2, Func<LeasingProcess, Task> command, int request, bool isCarriedOut)
    {
        var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int before = -1;
        int after = -1;
        (ec2.Before, ec2.After) = (
            _ => !isCarriedOut && Interlocked.Increment(ref before) >= request ? Kill() : Task.CompletedTask,
            _ => isCarriedOut && Interlocked.Increment(ref after) >= request ? Kill() : Task.CompletedTask);
        Task running = command(this);
        bool isDone = await Task.WhenAny(running, dead.Task) == running;
        (ec2.Before, ec2.After) = (static _ => Task.CompletedTask, static _ => Task.CompletedTask);
        if (isDone)
        {
            await running;
            return true;
        }

        // As the system does it: who opens the file next finds nobody's lock on it.
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_home.Path, "leases"), "*.lock"))
            File.Delete(file);
        return false;

        Task Kill()
        {
            dead.TrySetResult();
            return _killed;
        }
    }

    /// <summary>A cluster of machines that are leased.</summary>
    public static ClusterSpec Cluster(string name, int count = 1, bool keepsDisk = false) => new()
    {
        Name = name,
        Provider = OnDemandProvider.ProviderName,
        Hosts = [.. Enumerable.Range(0, count).Select(host => $"{name}-{host}")],
        Needs = Resources.Parse(cpus: "2+", provider: "aws", region: "us-east-1|us-east-2", spot: keepsDisk ? null : "allowed"),
        KeepsDisk = keepsDisk ? true : null,
    };
}
