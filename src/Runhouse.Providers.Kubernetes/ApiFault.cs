using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Runhouse.Providers.Kubernetes;

/// <summary>Says in our words what the API says in its own.</summary>
internal static class ApiFault
{
    private const string LeastRole = "docs/providers/kubernetes.md has the role that is needed.";

    /// <summary>Whether an exception is one of a request to the API, and not of its caller's patience.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsOfRequest(Exception exception, CancellationToken cancellationToken)
        => exception is HttpOperationException or HttpRequestException or WebSocketException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>Whether an exception says that what was asked for is not there.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsNotFound(Exception exception) => StatusOf(exception) is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    /// <summary>Whether an exception says that the user may not do what was asked for.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsForbidden(Exception exception) => StatusOf(exception) is HttpStatusCode.Forbidden;

    /// <summary>Whether an exception says that there is one of that name already.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsThere(Exception exception) => exception is HttpOperationException e && StatusOf(e) == HttpStatusCode.Conflict && Read(e)?.Reason == "AlreadyExists";

    /// <summary>The exception that a failed request becomes.</summary>
    /// <param name="exception">What it failed with.</param>
    /// <param name="what">What was asked: <c>create pod rh-trainer-0</c>.</param>
    /// <param name="server">Where the API is.</param>
    /// <param name="space">The namespace.</param>
    public static RemoteException ToException(Exception exception, string what, Uri server, string space)
    {
        HttpStatusCode? status = StatusOf(exception);
        string said = (exception is HttpOperationException e ? Read(e)?.Message ?? e.Message : Innermost(exception)).TrimEnd('.');
        string text = $"Kubernetes at {server.Authority} did not {what} in namespace {space}: {said}.";
        return status switch
        {
            HttpStatusCode.Unauthorized => new CredentialsException($"{text} The credentials are not known there or have expired: see that kubectl auth whoami answers, or name another context in Runhouse:Kubernetes:Context.", exception),
            HttpStatusCode.Forbidden when said.Contains("exceeded quota", StringComparison.Ordinal) => new QuotaException($"{text} Take clusters down that are not needed, or have the quota of the namespace raised.", exception),
            HttpStatusCode.Forbidden when exception is not HttpOperationException || said.Contains(" cannot ", StringComparison.Ordinal) => new CredentialsException($"{text} Allow it to that user: {LeastRole}", exception),
            HttpStatusCode.NotFound when said.Contains("namespaces \"", StringComparison.Ordinal) => new DeploymentException($"{text} Make it (kubectl create namespace {space}), or name another one in Runhouse:Kubernetes:Namespace.", exception),
            _ when exception is not HttpOperationException || status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError or HttpStatusCode.NotFound => new HostUnreachableException($"{text} Try again; what there is stays as it is.", exception),
            _ => new DeploymentException($"{text} Correct what it names, in Runhouse:Kubernetes or in its template.", exception),
        };
    }

    private static HttpStatusCode? StatusOf(Exception exception) => exception switch
    {
        HttpOperationException refusal => refusal.Response.StatusCode,
        HttpRequestException { StatusCode: { } status } => status,
        _ => null,
    };

    private static V1Status? Read(HttpOperationException refusal)
    {
        try
        {
            return refusal.Response.Content is { Length: > 0 } content ? KubernetesJson.Deserialize<V1Status>(content) : null;
        }
        catch (JsonException)
        {
            // A proxy's words, or a plain line.
            return new V1Status { Message = refusal.Response.Content.Trim() };
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception.Message;
    }
}
