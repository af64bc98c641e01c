using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Renci.SshNet;
using Renci.SshNet.Messages;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// The three members of SSH.NET that are not public and that channels of our own need. SSH.NET agrees on keys, logs in and encrypts; its
/// channels are not used: they give every window back before the data was taken, so that one slow reader stops all channels of the
/// connection, they keep a thread of the pool for each forwarded connection, and they leave a command without an end of its input.
/// A test fails when a version of SSH.NET lacks one of these.
/// </summary>
internal static partial class SessionAccess
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;

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

    /// <summary>
    /// Lets the thread that reads the connection wait in the kernel, which wakes it itself. SSH.NET connects without blocking, and .NET leaves a
    /// socket so for good: another thread would wait for it and wake this one, which costs a short message as much as its encryption.
    /// </summary>
    /// <param name="session">The session.</param>
    public static void WaitInKernel(Session session)
    {
        if (!OperatingSystem.IsLinux() || SocketOf(session) is not { } socket)
            return;
        bool isHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            int descriptor = (int)socket.SafeHandle.DangerousGetHandle();
            int flags = Fcntl(descriptor, GetFlags, 0);
            if (flags >= 0)
                _ = Fcntl(descriptor, SetFlags, flags & ~NonBlocking);
        }
        catch (ObjectDisposedException)
        {
            // Nobody reads it any more.
        }
        finally
        {
            if (isHeld)
                socket.SafeHandle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(int descriptor, int command, int argument);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Session")]
    [return: UnsafeAccessorType("Renci.SshNet.ISession, Renci.SshNet")]
    private static extern object GetSession(BaseClient client);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket? GetSocket(Session session);
}
