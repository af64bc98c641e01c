using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Renci.SshNet;
using Renci.SshNet.Messages;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// The three members of SSH.NET that are not public and that channels of our own need. SSH.NET agrees on keys, logs in and encrypts; its
/// channels are not used: they give every window back before the data was taken, so that one slow reader stops all channels of the
/// connection, they keep a thread of the pool for each forwarded connection, and they leave a command without an end of its input.
/// A test fails when a version of SSH.NET lacks one of these.
/// </summary>
internal static class SessionAccess
{
    /// <summary>The session of a client that is connected.</summary>
    /// <param name="client">The client.</param>
    public static Session Of(BaseClient client) => (Session)GetSession(client);

    /// <summary>Encrypts and sends a message. Blocks while the network takes nothing, and while keys are exchanged.</summary>
    /// <param name="session">The session.</param>
    /// <param name="message">The message.</param>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SendMessage")]
    public static extern void Send(Session session, Message message);

    /// <summary>The connection's socket; null when it is closed.</summary>
    /// <param name="session">The session.</param>
    public static Socket? SocketOf(Session session) => GetSocket(session);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Session")]
    [return: UnsafeAccessorType("Renci.SshNet.ISession, Renci.SshNet")]
    private static extern object GetSession(BaseClient client);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket? GetSocket(Session session);
}
