using k8s;
using k8s.Models;

namespace Runhouse.Providers.Kubernetes;

/// <summary>Checks that the API answers, and that the user may do what is done.</summary>
/// <param name="api">The API.</param>
/// <param name="options">The configuration.</param>
internal sealed class KubernetesCheck(ApiClient api, KubernetesOptions options)
{
    /// <summary>What the user must be allowed in the namespace: resource, subresource and verbs. docs/providers/kubernetes.md has the same as a role.</summary>
    public static readonly IReadOnlyList<(string Resource, string Subresource, string[] Verbs)> Needed =
    [
        ("configmaps", "", ["get", "list", "create", "patch", "delete"]),
        ("pods", "", ["get", "list", "create", "delete"]),
        ("pods", "exec", ["get", "create"]),
        ("pods", "portforward", ["get", "create"]),
        ("events", "", ["list"]),
    ];

    /// <summary>Checks.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            string space = await api.NamespaceAsync(cancellationToken).ConfigureAwait(false);
            VersionInfo version = await api.AskAsync("say its version", (client, _) => client.Version.GetCodeAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            findings.Add(new Finding("kubernetes: API", FindingLevel.Good, $"{version.GitVersion} answers, namespace {space}{(options.Context is { } context ? $", context {context}" : "")}"));
            string[] missing = [.. (await Task.WhenAll(Needed.SelectMany(static one => one.Verbs, (one, verb) => (one.Resource, one.Subresource, Verb: verb)).Select(async one =>
                (Name: $"{one.Verb} {one.Resource}{(one.Subresource.Length > 0 ? $"/{one.Subresource}" : "")}", IsAllowed: await MayAsync(space, one.Resource, one.Subresource, one.Verb, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false))
                .Where(static one => !one.IsAllowed).Select(static one => one.Name)];
            findings.Add(missing.Length == 0
                ? new Finding("kubernetes: permissions", FindingLevel.Good, $"all that is needed in namespace {space}")
                : new Finding("kubernetes: permissions", FindingLevel.Bad, $"{string.Join(", ", missing)} not allowed in namespace {space}") { Remedy = "Bind the user to the role of docs/providers/kubernetes.md, which has no more." });
        }
        catch (RemoteException e)
        {
            findings.Add(new Finding("kubernetes: API", FindingLevel.Bad, e.Message));
        }

        return findings;
    }

    private async Task<bool> MayAsync(string space, string resource, string subresource, string verb, CancellationToken cancellationToken)
    {
        var review = new V1SelfSubjectAccessReview
        {
            Spec = new V1SelfSubjectAccessReviewSpec { ResourceAttributes = new V1ResourceAttributes { NamespaceProperty = space, Resource = resource, Subresource = subresource, Verb = verb } },
        };
        V1SelfSubjectAccessReview answer = await api.AskAsync(
            $"say whether it allows to {verb} {resource}",
            (client, _) => client.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return answer.Status.Allowed;
    }
}
