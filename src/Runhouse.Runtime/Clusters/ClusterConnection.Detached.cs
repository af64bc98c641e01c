using Runhouse.Protocol.Control;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Clusters;

/// <content>Detached calls: they are recorded at the host, and asked about there.</content>
internal sealed partial class ClusterConnection
{
    /// <summary>Whether the host runs; null where one that is started anew has what the one before kept.</summary>
    public Func<CancellationToken, Task<bool>>? IsThere { get; init; }

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
    /// <exception cref="RemoteNotFoundException">The host knows of no such call.</exception>
    public async Task<T> AtRecordAsync<T>(string callId, Func<HostClient, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (IsThere is null)
            return await AtHostAsync(work, cancellationToken).ConfigureAwait(false);
        if (!await IsThere(cancellationToken).ConfigureAwait(false))
            throw Gone();
        HostClient host = await FindHostAsync(progress: null, cancellationToken).ConfigureAwait(false);
        try
        {
            return await work(host, cancellationToken).ConfigureAwait(false);
        }
        catch (HostUnreachableException)
        {
            _lostHost = host;
            if (!await IsThere(cancellationToken).ConfigureAwait(false))
                throw Gone();
            throw;
        }

        OutcomeUnknownException Gone() => new(
            $"What became of call {callId} is not known: cluster '{Spec.Name}' is not up, and what its machine kept has gone with it. A machine that is only stopped has it still: runhouse up {Spec.Name}, and ask again.");
    }

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
