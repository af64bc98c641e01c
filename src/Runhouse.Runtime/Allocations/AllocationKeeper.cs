using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Allocations;

/// <summary>
/// Has a scheduler's allocations made for clusters, waits for them, and gives them back. Nothing is written down here but the cluster itself: the scheduler is asked, under a name
/// that follows from what the cluster is, so that a process that dies at any step leaves nothing which the next one does not find.
/// </summary>
/// <param name="scheduler">The scheduler, made when it is first needed.</param>
/// <param name="store">Whose locks keep two processes from asking for the same cluster at once.</param>
/// <param name="clusters">The saved clusters, of which each knows where its machines were asked for.</param>
/// <param name="options">The configuration.</param>
/// <param name="owner">Who asks.</param>
/// <param name="time">The clock.</param>
internal sealed class AllocationKeeper(Lazy<IScheduler> scheduler, LeaseStore store, ClusterStore clusters, OnDemandOptions options, Func<string> owner, TimeProvider time)
{
    private const int LongestClusterPart = 40;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestEnding = TimeSpan.FromMinutes(3);
    private static readonly Lazy<string> Agent = new(ReadAgent);

    // What became of nodes in whose place there may be others by now, by allocation and node.
    private readonly ConcurrentDictionary<(string Allocation, string Node), MachineLoss> _losses = new();

    // Of which clusters this process knows that the scheduler has something, or may have.
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);

    /// <summary>The name of a cluster's allocation: the same from whichever process, another one for other needs.</summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="cluster">The cluster.</param>
    public static string NameOf(string owner, ClusterSpec cluster)
    {
        string readable = new([.. cluster.Name.ToLowerInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '-').Take(LongestClusterPart)]);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{owner}\n{cluster.Name}\n{cluster.Hosts.Count}\n{cluster.Needs}"));
        return $"rh-{readable.Trim('-')}-{Convert.ToHexStringLower(hash)[..8]}";
    }

    /// <summary>Whether no waiting gives an allocation its nodes.</summary>
    /// <param name="allocation">The allocation.</param>
    public static bool IsHopeless(Allocation allocation) => allocation.Failure is ProvisioningFailure.Authentication or ProvisioningFailure.Unsupported or ProvisioningFailure.Configuration;

    /// <summary>The name of the folder of a cluster's hosts in a home that several owners may have together.</summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="cluster">The cluster.</param>
    public static string FolderOf(string owner, ClusterSpec cluster) => $"{cluster.Name}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(owner)))[..8]}";

    /// <summary>Whether the scheduler may have something of a cluster, as far as this process knows.</summary>
    /// <param name="cluster">The cluster.</param>
    public bool MayHold(string cluster) => _asked.ContainsKey(cluster);

    /// <summary>Where allocations are made and looked for from here.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or cannot be used from here.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    public async ValueTask<AllocationSite> GetSiteAsync(CancellationToken cancellationToken)
    {
        if (await scheduler.Value.FindObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
            throw new CredentialsException($"Machines cannot be had from {scheduler.Value.Name}: {obstacle}");
        return await scheduler.Value.GetSiteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the scheduler has of a cluster, also what has ended; null for nothing.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or the cluster's machines are at another site than the one that is asked here.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    public async Task<Allocation?> FindAsync(ClusterSpec cluster, CancellationToken cancellationToken)
    {
        await EnsureSiteAsync(cluster, cancellationToken).ConfigureAwait(false);
        return await scheduler.Value.FindAsync(NameOf(owner(), cluster), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, as it is for one of the cluster's hosts.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <inheritdoc cref="FindAsync(ClusterSpec, CancellationToken)" path="/exception"/>
    public async Task<Allocation?> FindAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        Allocation? found = (await FindAsync(cluster, cancellationToken).ConfigureAwait(false))?.For(host);
        if (found is null)
            return null;
        if (found.Loss is { } loss)
            _losses[KeyOf(found, host)] = new MachineLoss(loss, $"{NodeOf(found, host)} has ended: {found.Provider} says '{found.Reason}'.");
        foreach (LostNode lost in found.Lost)
            _losses.TryAdd((found.Id, lost.Id), new MachineLoss(lost.Loss, $"{lost.Name} of {found} has ended: {found.Provider} says '{lost.Reason}'."));
        return found;
    }

    /// <summary>What became of a node, as far as this process has seen it; null where it has not.</summary>
    /// <param name="allocation">The allocation, as it was when it had the node.</param>
    /// <param name="host">Which of its nodes, from 0.</param>
    public MachineLoss? LossOf(Allocation allocation, int host) => _losses.GetValueOrDefault(KeyOf(allocation, host));

    /// <summary>Finds a cluster's allocation, or asks for one, and waits until it has the node of a host.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="progress">Is told what the scheduler says meanwhile.</param>
    /// <param name="cancellationToken">Stops waiting; what was asked for stays in the queue, and whoever comes next goes on with it.</param>
    /// <exception cref="CapacityException">The scheduler has no room, for longer than is waited.</exception>
    /// <exception cref="QuotaException">The user may not have as much.</exception>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or the cluster's machines are at another site than the one that is asked here.</exception>
    /// <exception cref="DeploymentException">It refuses the request.</exception>
    /// <exception cref="HostUnreachableException">It does not answer, or the request was withdrawn meanwhile.</exception>
    public async Task<Allocation> GetAsync(ClusterSpec cluster, int host, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        Allocation? found = await FindAsync(cluster, host, cancellationToken).ConfigureAwait(false);
        Allocation? asked = null;
        string? said = null;
        long since = time.GetTimestamp();
        TimeSpan pause = FirstPause;

        // What nobody waits for is taken for left behind when its time is over.
        using FileStream? waits = found is { State: AllocationState.Running } ? null : await store.WaitForAsync(cluster.Name, time, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (found is { State: AllocationState.Running })
            {
                _asked[cluster.Name] = true;
                return found;
            }

            if (found is null or { State: AllocationState.Ended })
            {
                // It was there a moment ago: what ended it, somebody or something, would end the next one.
                if (asked is not null)
                    throw AllocationFailure.Ended(found ?? asked with { Reason = "", State = AllocationState.Ended }, cluster);
                asked = found = await SubmitAsync(cluster, host, cancellationToken).ConfigureAwait(false);
                since = time.GetTimestamp();
                continue;
            }

            if (found.State == AllocationState.Queued)
            {
                asked = found;
                if (IsHopeless(found) || time.GetElapsedTime(since) > options.QueueTime)
                {
                    // One that has started since is somebody's by now, and so may be the nodes beside this one.
                    bool isAlone = host < found.Nodes.Count && found.Nodes[host].Standing is not null;
                    bool isGivenBack = isAlone ? await EndNodeAsync(cluster, host, found, cancellationToken).ConfigureAwait(false)
                        : !found.IsHeld && await EndAsync(cluster, found.Id, cancellationToken).ConfigureAwait(false);
                    if (!isGivenBack && (isAlone || !found.IsHeld))
                    {
                        found = await FindAsync(cluster, host, cancellationToken).ConfigureAwait(false);
                        continue;
                    }

                    throw AllocationFailure.NotPlaced(found, cluster, time.GetElapsedTime(since), isGivenBack);
                }
            }
            else if (time.GetElapsedTime(since) > LongestEnding)
            {
                throw new HostUnreachableException(
                    $"{found} of cluster '{cluster.Name}' is being ended for {LongestEnding.TotalMinutes:0} minutes ({found.Reason}), and another one can be had only behind it. Look at its nodes, or give the cluster another name.");
            }

            if (said != found.Reason)
                progress?.Report(new ProvisioningProgress(found.ToString(), ProvisioningStage.Queued) { Line = said = found.Reason });
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
            found = await FindAsync(cluster, host, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what the scheduler has of a cluster, and waits until it says that it is gone.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="only">The id of the one that is meant, and given back only while it waits; null for all, also of what the cluster was declared with before.</param>
    /// <param name="cancellationToken">Stops waiting; the next command goes on with it.</param>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or the cluster's machines are at another site than the one that is asked here.</exception>
    /// <exception cref="HostUnreachableException">It does not answer, or does not say that it is gone.</exception>
    public async Task<bool> EndAsync(ClusterSpec cluster, string? only, CancellationToken cancellationToken)
    {
        await EnsureSiteAsync(cluster, cancellationToken).ConfigureAwait(false);
        using FileStream taken = await store.TakeAsync(cluster.Name, time, cancellationToken).ConfigureAwait(false);
        Allocation[] all = [.. (await scheduler.Value.FindAllAsync(owner(), cancellationToken).ConfigureAwait(false)).Where(one => one.Cluster == cluster.Name && (only is null || (one.Id == only && one.State == AllocationState.Queued)))];

        // Before the end: whoever loses a worker by it is not to take that for a misfortune.
        bool wasAsked = (only is null || all.Length > 0) && _asked.TryRemove(cluster.Name, out _);
        try
        {
            await Task.WhenAll(all.Select(one => scheduler.Value.EndAsync(one, cancellationToken))).ConfigureAwait(false);
        }
        catch when (wasAsked)
        {
            _asked[cluster.Name] = true;
            throw;
        }

        return all.Length > 0;
    }

    /// <summary>Checks that what is not found here is not there: what a scheduler has elsewhere cannot be seen.</summary>
    private async Task EnsureSiteAsync(ClusterSpec cluster, CancellationToken cancellationToken)
    {
        if (clusters.Find(cluster.Name) is not { Site: { } site } saved || saved.Provider != cluster.Provider)
            return;
        AllocationSite here = await GetSiteAsync(cancellationToken).ConfigureAwait(false);
        if (here.Id != site.Id)
        {
            throw new CredentialsException(
                $"The machines of cluster '{cluster.Name}' were asked for as {site.Id}, and the configuration here leads to {here.Id} ({here.Way}), from where it cannot be seen whether they are there. "
                + $"Call again with what led there ({site.Way}); or, if its machines are gone for good, take the cluster off the list (runhouse down {cluster.Name} --forget).");
        }
    }

    // Gives back the node of one host, while it waits.
    private async Task<bool> EndNodeAsync(ClusterSpec cluster, int host, Allocation seen, CancellationToken cancellationToken)
    {
        using FileStream taken = await store.TakeAsync(cluster.Name, time, cancellationToken).ConfigureAwait(false);
        if (await FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is not { State: AllocationState.Queued } now || KeyOf(now, host) != KeyOf(seen, host))
            return false;
        await scheduler.Value.EndNodeAsync(now, host, cancellationToken).ConfigureAwait(false);
        return true;
    }

    // One after the other, whichever process it is: not every scheduler keeps two of one name apart.
    private async Task<Allocation> SubmitAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        using FileStream taken = await store.TakeAsync(cluster.Name, time, cancellationToken).ConfigureAwait(false);
        if (await FindAsync(cluster, host, cancellationToken).ConfigureAwait(false) is { State: not AllocationState.Ended } other)
            return other;
        Allocation made = await scheduler.Value.SubmitAsync(
            new AllocationRequest
            {
                Name = NameOf(owner(), cluster),
                Owner = owner(),
                Cluster = cluster.Name,
                Count = cluster.Hosts.Count,
                Host = host,
                Needs = cluster.Needs!,
                Agent = Agent.Value,
                BootTime = options.BootTime,
                Longest = options.Longest,
            },
            cancellationToken).ConfigureAwait(false);
        _asked[cluster.Name] = true;
        return made.For(host);
    }

    private static (string Allocation, string Node) KeyOf(Allocation allocation, int host) => (allocation.Id, host < allocation.Nodes.Count ? allocation.Nodes[host].Id : "");

    // Where nodes end one by one it is the node that has ended.
    private static string NodeOf(Allocation allocation, int host)
        => host < allocation.Nodes.Count && allocation.Nodes[host].Standing is not null ? $"{allocation.Nodes[host].Name} of {allocation}" : allocation.ToString();

    private static string ReadAgent()
    {
        using Stream resource = typeof(AllocationKeeper).Assembly.GetManifestResourceStream("Runhouse.Runtime.Allocations.agent.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
