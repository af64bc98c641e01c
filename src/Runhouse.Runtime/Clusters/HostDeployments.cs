using System.Net.Http.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>A host's deployments, once they are there: which of them is current, and what is changed in those that run.</summary>
internal static class HostDeployments
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(15);

    /// <summary>Starts a deployment, if it does not run, and makes it its application's current one.</summary>
    /// <param name="host">The host.</param>
    /// <param name="deployment">The deployment's id.</param>
    /// <param name="instead">Which one must be current until now; null for any.</param>
    /// <param name="request">Which of its workers is started; null for that of members that need nothing in particular, outside of any image's environment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">It did not start, or another one is current by now; what was current is so still.</exception>
    /// <exception cref="RemoteNotFoundException">The host does not have it.</exception>
    public static Task<ConnectReply> MakeCurrentAsync(HostClient host, string deployment, string? instead, WorkerRequest? request, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post,
        $"v1/deployments/{deployment}/current{(instead is null ? "" : "?instead=" + Uri.EscapeDataString(instead))}",
        request is null ? null : JsonContent.Create(request, ControlJson.Default.WorkerRequest),
        ControlJson.Default.ConnectReply,
        HostClient.LongWork,
        cancellationToken);

    /// <summary>Takes an application back.</summary>
    /// <param name="host">The host.</param>
    /// <param name="application">The application's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">None of its deployments is current there.</exception>
    public static Task UndeployAsync(HostClient host, string application, CancellationToken cancellationToken)
        => host.SendAsync<DeploymentReply>(HttpMethod.Delete, $"v1/applications/{Uri.EscapeDataString(application)}", content: null, answer: null, Answer, cancellationToken);

    /// <summary>Changes the bodies of methods in the workers of a deployment.</summary>
    /// <param name="host">The host.</param>
    /// <param name="deployment">The deployment's id.</param>
    /// <param name="changes">What was changed in those that are meant; empty for nothing.</param>
    /// <param name="patch">The change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<PatchReply> PatchAsync(HostClient host, string deployment, string changes, CodePatch patch, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post, $"v1/deployments/{deployment}/patches?changes={changes}", JsonContent.Create(patch, ControlJson.Default.CodePatch), ControlJson.Default.PatchReply, Answer, cancellationToken);

    /// <summary>Has the workers of a deployment, which have been patched, count as workers of another one that is what they run now; it is current then.</summary>
    /// <param name="host">The host.</param>
    /// <param name="deployment">The other deployment's id.</param>
    /// <param name="former">The id of the deployment that they count as.</param>
    /// <param name="changes">What was changed in those that are meant.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<AdoptReply> AdoptAsync(HostClient host, string deployment, string former, string changes, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Post,
        $"v1/deployments/{deployment}/adopt?workers-of={former}&changes={changes}",
        content: null,
        ControlJson.Default.AdoptReply,
        Answer,
        cancellationToken);
}
