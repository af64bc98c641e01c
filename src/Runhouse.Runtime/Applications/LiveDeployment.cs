using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Deployment;

namespace Runhouse;

/// <summary>A deployment that runs on a cluster's host, and whose code can be changed while it does: for tools that watch a project. Dispose it to let go of its worker.</summary>
public sealed class LiveDeployment : IAsyncDisposable
{
    private readonly HostClient _host;
    private readonly WorkerConnection _connection;
    private readonly Func<string, ApplicationBuild> _read;
    private string _changes;

    internal LiveDeployment(HostClient host, WorkerConnection connection, Func<string, ApplicationBuild> read)
        => (_host, _connection, _read, _changes, Id) = (host, connection, read, connection.Worker.Changes, connection.Worker.Deployment);

    /// <summary>The deployment's id; after <see cref="AdoptAsync"/> that of the build which it has become.</summary>
    public string Id { get; private set; }

    /// <summary>The id of the worker.</summary>
    public string WorkerId => _connection.Worker.WorkerId;

    /// <summary>The named objects that the last change did not reach: workers of other builds hold them, and they go on with the code that they have.</summary>
    public IReadOnlyList<string> LeftBehind { get; private set; } = [];

    /// <summary>
    /// Changes the bodies of methods in the workers that serve the deployment. Calls that run go on in the old ones; objects keep their state. From then on the workers serve
    /// those who are connected to them and those who look for an object in them, and who calls the build anew gets another worker of it, until <see cref="AdoptAsync"/>.
    /// </summary>
    /// <param name="patch">The change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why the code is as it was; null when it has changed.</returns>
    /// <exception cref="HostUnreachableException">The host does not answer.</exception>
    public async Task<string?> PatchAsync(CodePatch patch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(patch);
        PatchReply reply = await HostDeployments.PatchAsync(_host, Id, _changes, patch, cancellationToken).ConfigureAwait(false);
        if (reply.Workers.FirstOrDefault(one => one.WorkerId == WorkerId) is not { } own)
        {
            HostStatus status = await _host.GetStatusAsync(cancellationToken).ConfigureAwait(false);
            return status.Workers.Any(one => one.Id == WorkerId && one.State == WorkerState.Serving) ? $"somebody else has changed the code of worker {WorkerId}" : $"worker {WorkerId} has ended";
        }

        // In other environments there may be others. One that could not follow is left behind.
        if (own.Error is not null)
            return own.Error;
        _changes = reply.Changes;
        LeftBehind = reply.LeftBehind;
        return null;
    }

    /// <summary>
    /// Has the patched workers count as those of a build that has the same changes: it is deployed and current then, and who runs it anew is served by them, also where
    /// another worker has served it so far.
    /// </summary>
    /// <param name="build">The folder with the build's output, or its assembly.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether they do; not when the worker has ended, or somebody else has changed its code.</returns>
    /// <exception cref="DeploymentException">The build's files cannot be sent.</exception>
    public async Task<bool> AdoptAsync(string build, CancellationToken cancellationToken = default)
    {
        ApplicationBuild read = _read(build);
        await DeploymentUpload.DeployAsync(read, _host, cancellationToken).ConfigureAwait(false);
        AdoptReply reply = await HostDeployments.AdoptAsync(_host, read.Id, Id, _changes, cancellationToken).ConfigureAwait(false);
        if (!reply.Workers.Contains(WorkerId))
            return false;
        Id = read.Id;
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _connection.RetireAsync().ConfigureAwait(false);
}
