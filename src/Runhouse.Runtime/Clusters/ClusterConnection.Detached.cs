using Runhouse.Protocol.Control;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Providers;

namespace Runhouse.Runtime.Clusters;

/// <content>Detached calls: they are recorded at the host, and asked about there.</content>
internal sealed partial class ClusterConnection
{
    private volatile HostClient? _recorder;

    /// <summary>Finds the host that has the records of detached calls, or what is left of them where it does not run; null where one that is started anew has what the one before kept.</summary>
    public Func<CancellationToken, Task<(HostClient? Host, KeptRecords Left)>>? FindRecords { get; init; }

    /// <summary>Has the host record and run a detached call: of an object where that is, of a function in this process' deployment.</summary>
    /// <param name="id">The call's id.</param>
    /// <param name="choice">In which worker a function runs.</param>
    /// <param name="call">What the host is told.</param>
    /// <param name="arguments">The arguments in map form.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task SpawnAsync(string id, WorkerChoice choice, DetachedCall call, byte[] arguments, CancellationToken cancellationToken) => AtHostAsync(
        async (host, token) =>
        {
            if (call.Worker is not null)
            {
                await HostCalls.SpawnAsync(host, id, call, arguments, token).ConfigureAwait(false);
                return host;
            }

            ApplicationBuild build = await GetBuildAsync(host.Address.Rid, token).ConfigureAwait(false);
            return await InDeploymentAsync(host, build, () => TrySpawnAsync(host, id, choice, call with { Deployment = build.Id }, arguments, token), token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Does something at the host that has recorded a detached call. A machine that is made anew would know nothing of it, and cost money.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="callId">The call's id.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OutcomeUnknownException">The machine is gone.</exception>
    /// <exception cref="HostUnreachableException">The host does not answer, or the cluster is not up, and its records wait for the next host.</exception>
    /// <exception cref="RemoteNotFoundException">The host knows of no such call.</exception>
    public async Task<T> AtRecordAsync<T>(string callId, Func<HostClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (FindRecords is null)
            return await AtHostAsync(work, cancellationToken).ConfigureAwait(false);
        bool isFirst = true;
        while (true)
        {
            HostClient? host = _recorder;
            if (host is null)
            {
                (host, KeptRecords left) = await FindRecords(cancellationToken).ConfigureAwait(false);
                if (left != KeptRecords.There)
                    throw NotThere(callId, left);
                if (host is null)
                    return await AtHostAsync(work, cancellationToken).ConfigureAwait(false);
                _recorder = host;
            }

            try
            {
                return await work(host, cancellationToken).ConfigureAwait(false);
            }
            catch (HostUnreachableException e)
            {
                // It is looked for anew, once.
                _recorder = null;
                if (!isFirst || e.InnerException is OperationCanceledException)
                    throw;
                isFirst = false;
            }
        }
    }

    private RemoteException NotThere(string callId, KeptRecords left) => left == KeptRecords.AtRest
        ? new HostUnreachableException($"Cluster '{Spec.Name}' is not up, and what it has recorded of call {callId} is kept for its next host. Bring it up (runhouse up {Spec.Name}), and ask again.")
        : new OutcomeUnknownException($"What became of call {callId} is not known: cluster '{Spec.Name}' is not up, and what its machine kept has gone with it. Find out what the call has done, and call again.");

    // Nothing waits here for a worker, nor for what it needs: the host records the call and does that.
    private async Task<HostClient?> TrySpawnAsync(HostClient host, string id, WorkerChoice choice, DetachedCall call, byte[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await InEnvironmentAsync(
                host,
                async environment =>
                {
                    DetachedCall placed = call with { Place = choice.ToRequest(environment, IsLenient), WaitSeconds = choice.Wait?.TotalSeconds };
                    await HostCalls.SpawnAsync(host, id, placed, arguments, cancellationToken).ConfigureAwait(false);
                    return host;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteNotFoundException)
        {
            return null;
        }
    }
}
