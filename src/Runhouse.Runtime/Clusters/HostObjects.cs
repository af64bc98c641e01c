using System.Globalization;
using System.Net.Http.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>A host's named objects.</summary>
internal static class HostObjects
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(15);

    /// <summary>Asks for the worker that holds a named object.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    /// <exception cref="ObjectLostException">There was one.</exception>
    /// <exception cref="SnapshotException">Its state is kept, and it could not be made again from that.</exception>
    public static Task<ConnectReply> ConnectAsync(HostClient host, string name, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post, $"v1/objects/connect?name={Uri.EscapeDataString(name)}", content: null, ControlJson.Default.ConnectReply, HostClient.LongWork, cancellationToken);

    /// <summary>Asks for the worker that holds a named object whose state is kept: the host brings it to where it belongs.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="deployment">The deployment of the caller's own build.</param>
    /// <param name="request">What that build needs of a worker with the object; null for nothing in particular, outside of any image's environment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The worker; null when the host does not have the deployment.</returns>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    /// <exception cref="ObjectLostException">There was one.</exception>
    /// <exception cref="SnapshotException">It could not be brought to the current version of its application.</exception>
    public static async Task<ConnectReply?> ConnectKeptAsync(HostClient host, string name, string deployment, WorkerRequest? request, CancellationToken cancellationToken)
    {
        try
        {
            return await host.SendAsync(
                HttpMethod.Post,
                $"v1/objects/connect?name={Uri.EscapeDataString(name)}&deployment={deployment}",
                request is null ? null : JsonContent.Create(request, ControlJson.Default.WorkerRequest),
                ControlJson.Default.ConnectReply,
                HostClient.LongWork + TimeSpan.FromSeconds(request?.WaitSeconds ?? 0),
                cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteNotFoundException e) when (e.InnerException is DeploymentMissingException)
        {
            return null;
        }
    }

    /// <summary>The names of the objects whose latest states the host keeps.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<IReadOnlyList<string>> ListKeptAsync(HostClient host, CancellationToken cancellationToken)
        => (await host.SendAsync(HttpMethod.Get, "v1/objects/kept", content: null, ControlJson.Default.KeptObjectList, Answer, cancellationToken).ConfigureAwait(false)).Names;

    /// <summary>An object as the host keeps it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The host keeps no latest state of such an object.</exception>
    public static Task<TransferredObject> GetKeptAsync(HostClient host, string name, CancellationToken cancellationToken)
        => host.SendAsync(HttpMethod.Get, $"v1/objects/kept?name={Uri.EscapeDataString(name)}", content: null, ControlJson.Default.TransferredObject, HostClient.LongWork, cancellationToken);

    /// <summary>Gives the host an object that another one has kept.</summary>
    /// <param name="host">The host.</param>
    /// <param name="kept">The object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SnapshotException">Another object has its name there.</exception>
    public static Task GiveKeptAsync(HostClient host, TransferredObject kept, CancellationToken cancellationToken) => host.SendAsync<DeploymentReply>(
        HttpMethod.Put, "v1/objects/kept", JsonContent.Create(kept, ControlJson.Default.TransferredObject), answer: null, HostClient.LongWork, cancellationToken);

    /// <summary>Deletes a named object, wherever it is, unless another one has its name by now.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="objectId">The object.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object.</exception>
    public static Task DeleteAsync(HostClient host, string name, ulong objectId, CancellationToken cancellationToken) => host.SendAsync<DeploymentReply>(
        HttpMethod.Delete, string.Create(CultureInfo.InvariantCulture, $"v1/objects?name={Uri.EscapeDataString(name)}&object={objectId}"), content: null, answer: null, Answer, cancellationToken);
}
