using Runhouse.Protocol.Control;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Clusters;

/// <content>Named objects.</content>
internal sealed partial class ClusterConnection
{
    /// <summary>Finds a named object and connects to its worker.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    public Task<AttachedObject> AttachAsync(string name, CancellationToken cancellationToken)
        => AtHostAsync((host, token) => AttachAsync(host, name, token), cancellationToken);

    /// <summary>Finds a named object whose state is kept, where this process' build or a newer one serves it, and connects to its worker.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="choice">What this build needs of a worker with the object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    /// <exception cref="ObjectLostException">There was one.</exception>
    /// <exception cref="SnapshotException">It could not be brought to the current version of its application.</exception>
    public Task<AttachedObject> AttachKeptAsync(string name, WorkerChoice choice, CancellationToken cancellationToken)
        => AtHostAsync((host, token) => AttachKeptAsync(host, name, choice, token), cancellationToken);

    /// <summary>Deletes a named object, wherever it is, unless another one has its name by now.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="objectId">The object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task DeleteAsync(string name, ulong objectId, CancellationToken cancellationToken) => AtHostAsync(
        async (host, token) =>
        {
            await HostObjects.DeleteAsync(host, name, objectId, token).ConfigureAwait(false);
            return host;
        },
        cancellationToken);

    /// <summary>Opens a connection of its own to the worker of a named object.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="output">Where remote output goes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The connection; it closes when it is retired.</returns>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    public Task<WorkerConnection> OpenObjectAsync(string name, RemoteOutput output, CancellationToken cancellationToken) => AtHostAsync(
        async (host, token) => await OpenAsync(host, await HostObjects.ConnectAsync(host, name, token).ConfigureAwait(false), output, token).ConfigureAwait(false),
        cancellationToken);

    private async Task<AttachedObject> AttachAsync(HostClient host, string name, CancellationToken cancellationToken)
    {
        ConnectReply worker = await HostObjects.ConnectAsync(host, name, cancellationToken).ConfigureAwait(false);
        WorkerConnection connection = await ConnectAsync(host, worker, cancellationToken).ConfigureAwait(false);
        ApplicationBuild build = await GetBuildAsync(host.Address.Rid, cancellationToken).ConfigureAwait(false);
        return new AttachedObject(connection, worker.ObjectId, worker.TypeName, worker.Deployment == build.Id);
    }

    private async Task<AttachedObject> AttachKeptAsync(HostClient host, string name, WorkerChoice choice, CancellationToken cancellationToken)
    {
        ApplicationBuild build = await GetBuildAsync(host.Address.Rid, cancellationToken).ConfigureAwait(false);
        ConnectReply worker = await InDeploymentAsync(
            host,
            build,
            () => InEnvironmentAsync(host, environment => HostObjects.ConnectKeptAsync(host, name, build.Id, choice.ToRequest(environment, IsLenient), cancellationToken), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return new AttachedObject(await ConnectAsync(host, worker, cancellationToken).ConfigureAwait(false), worker.ObjectId, worker.TypeName, worker.Deployment == build.Id);
    }
}
