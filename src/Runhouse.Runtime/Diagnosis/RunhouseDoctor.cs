using System.Runtime.CompilerServices;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Diagnosis;
using Runhouse.Runtime.Leases;

namespace Runhouse;

/// <summary>Finds out what keeps remote code from running, and says how to mend it.</summary>
public static class RunhouseDoctor
{
    /// <summary>Checks this machine and clusters. Nothing is started, sent or changed.</summary>
    /// <param name="clusters">The names of the clusters; null for all that are saved.</param>
    /// <param name="cancellationToken">Stops checking.</param>
    /// <returns>The findings, each as soon as it is known.</returns>
    /// <exception cref="RemoteNotFoundException">A name is none of a saved cluster.</exception>
    public static async IAsyncEnumerable<Finding> CheckAsync(
        IReadOnlyList<string>? clusters = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool canGoOn = true;
        foreach (Finding finding in new ThisMachine(RunhouseHome.Current).Check())
        {
            canGoOn &= finding.Subject != ThisMachine.ConfigurationSubject || finding.Level != FindingLevel.Bad;
            yield return finding;
        }

        if (!canGoOn)
            yield break;
        ClusterConnections? connections = RunhouseRuntime.Current.Clusters;
        IEnumerable<Cluster> wanted = clusters is { Count: > 0 } ? clusters.Select(Cluster.Get) : Cluster.List();
        foreach (Cluster cluster in wanted.Where(static one => one.Spec != ClusterSpec.Local).ToList())
        {
            for (int host = 0; connections is not null && host < cluster.HostCount; host++)
            {
                foreach (Finding finding in await connections.ProviderOf(cluster.Spec).CheckAsync(cluster.Spec, host, cancellationToken).ConfigureAwait(false))
                    yield return finding;
            }
        }

        RunhouseOptions options = RunhouseRuntime.Current.Options;
        if (options.Cluster is { } standing and not (OnDemandProvider.ProviderName or "local") && !Cluster.Names().Contains(standing))
        {
            yield return new Finding(ThisMachine.ConfigurationSubject, FindingLevel.Bad, $"Runhouse:Cluster is '{standing}', and no cluster of that name is saved")
            {
                Remedy = $"runhouse up {standing} --ssh MACHINE, or set Runhouse:Cluster to local or on-demand",
            };
        }

        await foreach (Finding finding in CheckCloudsAsync(options, cancellationToken).ConfigureAwait(false))
            yield return finding;
    }

    private static async IAsyncEnumerable<Finding> CheckCloudsAsync(RunhouseOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isNeeded = options.Cluster == OnDemandProvider.ProviderName;
        var clouds = new CloudSet(options.OnDemand, TimeProvider.System);
        await using (clouds.ConfigureAwait(false))
        {
            int usable = 0;
            foreach (string name in MachineProviders.Names)
            {
                IMachineCloud cloud = clouds.Of(name);
                if (await cloud.FindObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
                {
                    yield return new Finding(name, FindingLevel.Good, $"not used: {obstacle}");
                    continue;
                }

                usable++;
                foreach (Finding finding in await cloud.CheckAsync(cancellationToken).ConfigureAwait(false))
                    yield return finding;
            }

            var schedulers = new SchedulerSet(options, TimeProvider.System);
            await using (schedulers.ConfigureAwait(false))
            {
                foreach (string name in MachineProviders.SchedulerNames)
                {
                    IScheduler scheduler = schedulers.Of(name).Value;
                    if (await scheduler.FindObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
                    {
                        yield return new Finding(name, FindingLevel.Good, $"not used: {obstacle}");
                        continue;
                    }

                    usable++;
                    foreach (Finding finding in await scheduler.CheckAsync(cancellationToken).ConfigureAwait(false))
                        yield return finding;
                }
            }

            if (isNeeded && usable == 0)
                yield return new Finding(ThisMachine.ConfigurationSubject, FindingLevel.Bad, "Runhouse:Cluster is 'on-demand', and there are credentials for no provider of machines, or this program has none");
        }
    }
}
