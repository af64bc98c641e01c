using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using Runhouse.Providers.Kubernetes.Streams;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes;

/// <summary>The API of one cluster as one user, in one namespace. It is looked for when it is first needed.</summary>
/// <param name="options">Which one.</param>
internal sealed class ApiClient(KubernetesOptions options) : IDisposable
{
    /// <summary>What requests pass through on their way; nothing where it is left out.</summary>
    public DelegatingHandler[] Handlers { get; init; } = [];

    /// <summary>The container of a pod in which the host runs.</summary>
    public const string Container = "runhouse";

    private const string Remedy = "Write a kubeconfig (kubectl config view shows the one it takes), or name one in Runhouse:Kubernetes:Kubeconfig.";

    private readonly SemaphoreSlim _opening = new(1);
    private (k8s.Kubernetes Client, string Namespace, string? Context)? _open;
    private AllocationSite? _site;

    /// <summary>The namespace.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CredentialsException">There are no credentials.</exception>
    public async Task<string> NamespaceAsync(CancellationToken cancellationToken) => (await OpenAsync(cancellationToken).ConfigureAwait(false)).Namespace;

    /// <summary>Which cluster it is, whatever address leads there, and in which namespace. The API is asked once.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CredentialsException">The API refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The API does not answer.</exception>
    public async Task<AllocationSite> SiteAsync(CancellationToken cancellationToken)
    {
        if (_site is { } known)
            return known;
        (k8s.Kubernetes client, string space, string? context) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        string address = client.BaseUri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        string way = context is null ? "the account of a pod there" : options.Namespace is null ? $"the context {context}" : $"the context {context} and Runhouse:Kubernetes:Namespace = {space}";
        return _site = new AllocationSite($"namespace {space} of {await ClusterAsync(cancellationToken).ConfigureAwait(false) ?? address}", $"{way}, at {address}");
    }

    /// <summary>Asks the API.</summary>
    /// <param name="what">What is asked, for messages: <c>create pod rh-trainer-0</c>.</param>
    /// <param name="ask">Asks, in a namespace.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The API refuses the credentials, or what they ask for; or there are none.</exception>
    /// <exception cref="QuotaException">The namespace's quota is used up.</exception>
    /// <exception cref="DeploymentException">The API says that what is asked for is wrong.</exception>
    /// <exception cref="HostUnreachableException">The API does not answer.</exception>
    public async Task<T> AskAsync<T>(string what, Func<k8s.Kubernetes, string, Task<T>> ask, CancellationToken cancellationToken)
    {
        (k8s.Kubernetes client, string space, _) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ask(client, space).ConfigureAwait(false);
        }
        catch (Exception e) when (ApiFault.IsOfRequest(e, cancellationToken))
        {
            throw ApiFault.ToException(e, what, client.BaseUri, space);
        }
    }

    /// <summary>Begins a command in a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="AskAsync" path="/exception"/>
    public Task<ChannelSocket> ExecAsync(string pod, string container, IEnumerable<string> command, CancellationToken cancellationToken) => AskAsync(
        $"run a command in pod {pod} (get pods/exec)",
        async (client, space) => new ChannelSocket(await client.WebSocketNamespacedPodExecAsync(
            pod, space, command, container, stderr: true, stdin: true, stdout: true, tty: false, webSocketSubProtocol: ChannelSocket.Protocol, cancellationToken: cancellationToken).ConfigureAwait(false)),
        cancellationToken);

    /// <summary>Connects to a port of a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="port">The port on its loopback address.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="AskAsync" path="/exception"/>
    public Task<ChannelSocket> ForwardAsync(string pod, int port, CancellationToken cancellationToken) => AskAsync(
        $"forward a port of pod {pod} (get pods/portforward)",
        async (client, space) => new ChannelSocket(await client.WebSocketNamespacedPodPortForwardAsync(
            pod, space, [port], ChannelSocket.Protocol, cancellationToken: cancellationToken).ConfigureAwait(false)),
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _open?.Client.Dispose();
        _opening.Dispose();
    }

    // By what stays as long as the cluster does. Not everybody may read it: null then.
    private Task<string?> ClusterAsync(CancellationToken cancellationToken) => AskAsync(
        "get namespace kube-system",
        async (client, _) =>
        {
            try
            {
                return $"the cluster {(await client.CoreV1.ReadNamespaceAsync("kube-system", cancellationToken: cancellationToken).ConfigureAwait(false)).Metadata.Uid}";
            }
            catch (HttpOperationException e) when (ApiFault.IsForbidden(e) || ApiFault.IsNotFound(e))
            {
                return null;
            }
        },
        cancellationToken);

    private async Task<(k8s.Kubernetes Client, string Namespace, string? Context)> OpenAsync(CancellationToken cancellationToken)
    {
        if (_open is { } open)
            return open;
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Credentials may come from a program that the file names, which is waited for.
            return _open ??= await Task.Run(Open, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    private (k8s.Kubernetes Client, string Namespace, string? Context) Open()
    {
        try
        {
            KubernetesClientConfiguration configuration = Configure();
            return (new k8s.Kubernetes(configuration, Handlers) { CreateWebSocketBuilder = static () => new StreamSocketBuilder() }, options.Namespace ?? (configuration.Namespace is { Length: > 0 } space ? space : "default"), configuration.CurrentContext);
        }
        catch (Exception e) when (e is KubeConfigException or KubernetesClientException or IOException or UnauthorizedAccessException or YamlDotNet.Core.YamlException)
        {
            throw new CredentialsException($"There are no credentials for Kubernetes: {e.Message.TrimEnd('.')}. {Remedy}", e);
        }
    }

    private KubernetesClientConfiguration Configure()
    {
        string[] files = options.Kubeconfig is { } one ? [one]
            : Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } list ? list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            : [KubernetesClientConfiguration.KubeConfigDefaultLocation];
        K8SConfiguration[] found = [.. files.Where(File.Exists).Select(static file => KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(file)))];
        if (found.Length > 0)
        {
            // Of several files the one that has the context, with all that belongs to it.
            K8SConfiguration chosen = found.FirstOrDefault(one => options.Context is null ? one.CurrentContext is { Length: > 0 } : one.Contexts.Any(context => context.Name == options.Context))
                ?? throw new CredentialsException($"There are no credentials for Kubernetes: {string.Join(", ", files)} has no {(options.Context is null ? "current context" : $"context '{options.Context}'")}. Name one that it has in Runhouse:Kubernetes:Context (kubectl config get-contexts).");
            return KubernetesClientConfiguration.BuildConfigFromConfigObject(chosen, options.Context);
        }

        return KubernetesClientConfiguration.IsInCluster()
            ? KubernetesClientConfiguration.InClusterConfig()
            : throw new CredentialsException($"There are no credentials for Kubernetes: {string.Join(", ", files)} is not there, and this runs in no pod. {Remedy}");
    }
}
