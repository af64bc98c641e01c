using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Turns what went wrong between this process and a host into the errors that callers see.</summary>
internal static class HostErrors
{
    /// <summary>The error for a request that got no answer.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cause">What the request ended with.</param>
    public static RemoteException Unreachable(HostAddress host, Exception cause)
    {
        // The way to the machine says more than the request that could not take it.
        if (cause.InnerException is HostUnreachableException or CredentialsException)
            return (RemoteException)cause.InnerException;
        string port = host.Uri.GetLeftPart(UriPartial.Authority);
        string message = cause switch
        {
            _ when OtherCertificateException.CauseOf(cause) is { } other
                => $"Another program than host '{host.Name}' answers at {port}, or somebody in between: {other.Message} Nothing was sent to it. Find out who has that address; if the host was given another certificate, call again.",
            { InnerException: System.Security.Authentication.AuthenticationException tls }
                => $"The TLS connection to host '{host.Name}' at {port} failed: {tls.Message} Check that this is the host's port, and that no proxy in between ends the connection.",
            _ when host.Way is { } machine => $"Host '{host.Name}' on {machine} does not answer ({Reason(cause)}). "
                + "It has ended, or it is stuck: call again to have it started anew, or look into its log on the machine.",
            { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } when host.IsOpen
                => $"Nobody listens at {port}, the port that host '{host.Name}' has opened: it has ended, or a firewall refuses. Call again to have it started anew, if it has ended. {OpenPort(host)}",
            _ when host.IsOpen => $"Host '{host.Name}' does not answer at {port}, the port that it has opened ({Reason(cause)}). {OpenPort(host)}",
            { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } }
                => $"Nobody listens at {port}, where host '{host.Name}' should. It has ended or was never started; "
                    + (host.IsThisMachine ? "call again to start a new one." : "start it, or check the address and the port."),
            OperationCanceledException or { InnerException: TimeoutException }
                => $"Host '{host.Name}' at {port} did not answer in time (Runhouse:ConnectTimeout). Check that the machine is up, that the host is not stuck, and that no firewall drops the packets.",
            _ => $"The connection to host '{host.Name}' at {port} failed: {cause.InnerException?.Message ?? cause.Message} Check that the host runs and that the network lets it through, then call again.",
        };
        return new HostUnreachableException(message, cause);
    }

    /// <summary>What to do about a port that is open on a host's machine and does not answer.</summary>
    /// <param name="host">The host.</param>
    public static string OpenPort(HostAddress host)
        => $"Let port {host.Uri.Port} of {host.Machine} through the firewalls between here and there (TCP), or leave the open port out (WithOpenPort, --open-port, Runhouse:Ssh:OpenPort): SSH carries the calls then.";

    /// <summary>The error for an answer that is none of the host's.</summary>
    /// <param name="host">The host.</param>
    /// <param name="request">The request.</param>
    /// <param name="innerException">What reading the answer threw.</param>
    public static HostUnreachableException NotUnderstood(HostAddress host, HttpRequestMessage request, Exception? innerException) => new(
        $"The answer to {request.Method} {request.RequestUri?.AbsolutePath} of {host} was not understood. Is it another program's port, or a host of another version?",
        innerException);

    /// <summary>The error that a host answered with.</summary>
    /// <param name="host">The host.</param>
    /// <param name="request">The request.</param>
    /// <param name="response">The answer, of any status that is an error.</param>
    /// <param name="cancellationToken">Stops reading it.</param>
    public static async Task<RemoteException> FromResponseAsync(
        HostAddress host, HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HostError? error = await TryReadAsync(response, cancellationToken).ConfigureAwait(false);
        string message = error?.Message ?? $"{host} answered {(int)response.StatusCode} {response.ReasonPhrase} to {request.Method} {request.RequestUri?.AbsolutePath}.";
        return (error?.Code, response.StatusCode) switch
        {
            (HostErrorCode.NoToken, _) or (_, HttpStatusCode.Unauthorized) => new CredentialsException(
                error?.Message ?? $"{host} asks for a token and got none. Set the token of the cluster."),
            (HostErrorCode.WrongToken, _) or (_, HttpStatusCode.Forbidden) => new CredentialsException(
                error?.Message ?? $"{host} refused the token. Take the token that the host was started with."),
            (HostErrorCode.NotFound, _) => new RemoteNotFoundException(message),
            (HostErrorCode.Lost, _) => new ObjectLostException(message),
            (HostErrorCode.Snapshot, _) => new SnapshotException(message),
            (HostErrorCode.NoDeployment, _) => new RemoteNotFoundException(message, new DeploymentMissingException()),
            (HostErrorCode.NoEnvironment, _) => new DeploymentException(message, new ImageEnvironmentGoneException()),
            (HostErrorCode.Transfer, _) => new FileTransferException(message),
            (HostErrorCode.Capacity, _) => new CapacityException(message),
            (HostErrorCode.WorkerGone, _) => new WorkerLostException(message),
            (null, HttpStatusCode.NotFound) => NotUnderstood(host, request, innerException: null),
            (HostErrorCode.DidNotStart or HostErrorCode.Invalid, _) => new DeploymentException(
                message, error?.Worker is { State: WorkerState.Ended } ended ? WorkerLoss.Describe(ended, host, cause: null) : null),
            (HostErrorCode.Stopping, _) => new HostUnreachableException(message, new HostStoppingException()),
            _ => new RemoteException($"{message} See the host's log."),
        };
    }

    private static string Reason(Exception cause)
        => cause is OperationCanceledException ? "not in time, Runhouse:ConnectTimeout" : (cause.InnerException?.Message ?? cause.Message).TrimEnd('.');

    private static async Task<HostError?> TryReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            HostError? error = await response.Content.ReadFromJsonAsync(ControlJson.Default.HostError, cancellationToken).ConfigureAwait(false);
            return error is { Message.Length: > 0 } ? error : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or HttpRequestException or IOException)
        {
            // Something in between answered (a proxy, another program): the status alone has to do.
            return null;
        }
    }
}
