using System.Net.Sockets;
using Renci.SshNet.Common;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Providers.Ssh.Channels;
using Runhouse.Runtime.Providers.Ssh.Credentials;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>Says in the user's words why a machine was not reached, whatever SSH.NET threw.</summary>
internal static class SshFailure
{
    /// <summary>The error of an attempt that took too long.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="stage">How far it came.</param>
    /// <param name="limit">How long it might take.</param>
    public static HostUnreachableException TimedOut(SshHost host, SshLoginStage stage, TimeSpan limit) => new(
        $"{host} did not {(stage switch { SshLoginStage.Connecting => $"answer at {host.Place}", SshLoginStage.Keys => "agree on keys", _ => "decide about the login" })} "
        + $"within {TimeLimit.Text(limit)} (Runhouse:ConnectTimeout, or ConnectTimeout in ~/.ssh/config). {(stage == SshLoginStage.Connecting
            ? "Check that the machine is on, that this is its SSH port, and that no firewall or security group drops what is sent there."
            : "The machine is reached, but slow or stuck: look at its load and its SSH server's log.")}{Notes(host)}");

    /// <summary>The error of an attempt that failed.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="host">The machine.</param>
    /// <param name="stage">How far it came.</param>
    /// <param name="refusal">Why the machine before made no connection; null when it did, or there is none.</param>
    /// <param name="credentials">What was there to log in with.</param>
    public static RemoteException Translate(Exception e, SshHost host, SshLoginStage stage, ChannelRefusal? refusal, LoginCredentials? credentials)
    {
        if (refusal is not null)
        {
            return new HostUnreachableException(
                $"{host} is not reached from the machine before it: that one says '{refusal}'. "
                + (refusal.IsForbidden ? "Allow it to forward ports (AllowTcpForwarding and PermitOpen in its sshd_config)." : $"Check that {host.Place} is right as seen from there, and that the machine is on."),
                e);
        }

        if (stage == SshLoginStage.Login && credentials is not null)
        {
            if (e is SshAuthenticationException)
                return credentials.Refused(e, tooMany: false);
            if (e is SshConnectionException && e.Message.Contains("Too many authentication failures", StringComparison.OrdinalIgnoreCase))
                return credentials.Refused(e, tooMany: true);
        }

        string text = e switch
        {
            SocketException socket => Explain(socket, host),
            SshOperationTimeoutException => $"{host} stopped answering while it was connected to. Check the machine and the network, then try again.",
            SshConnectionException when stage == SshLoginStage.Connecting =>
                $"Somebody answers at {host.Place}, but not as an SSH server: {e.Message.TrimEnd('.')}. Check the port; a server that is overloaded, or that this address is blocked on, hangs up like this too.",
            SshConnectionException when stage == SshLoginStage.Keys => $"{host} and this side do not agree on how to encrypt: {e.Message.TrimEnd('.')}. Update the machine's SSH server.",
            _ => $"{host} ended the connection before the login was done: {e.Message.TrimEnd('.')}. Look at its SSH server's log, then try again.",
        };
        return new HostUnreachableException(text + Notes(host), e);
    }

    private static string Explain(SocketException e, SshHost host) => e.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery =>
            $"The name {host.HostName} is not known to the network ({e.Message}). Check its spelling, or say what it stands for in ~/.ssh/config (Host {host.Alias}, HostName ADDRESS).",
        SocketError.ConnectionRefused => $"Nobody listens at {host.Place}. Check that the machine's SSH server runs and that this is its port.",
        SocketError.TimedOut => $"Nobody answers at {host.Place}. Check that the machine is on and that no firewall or security group drops what is sent there.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown or SocketError.AddressNotAvailable =>
            $"There is no way to {host.Place} from here ({e.Message}). Check this machine's network, or the VPN that leads there.",
        _ => $"{host.Place} cannot be reached: {e.Message}. Check the machine and the network, then try again.",
    };

    private static string Notes(SshHost host) => string.Concat(host.Notes.Select(static note => " " + note));
}
