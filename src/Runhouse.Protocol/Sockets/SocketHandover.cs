using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// Gives a connected socket to another process of this machine, over a Unix socket between the two: what comes and goes over it from then on
/// passes this process no more.
/// </summary>
public static class SocketHandover
{
    /// <summary>Whether this system can.</summary>
    public static bool IsSupported => DescriptorMessage.IsSupported;

    /// <summary>Where a worker takes sockets.</summary>
    /// <param name="socketPath">Where it accepts connections.</param>
    public static string PathOf(string socketPath) => Path.ChangeExtension(socketPath, "in.sock");

    /// <summary>Gives a socket away. Both processes have it then; whoever gives it closes its own.</summary>
    /// <param name="to">Leads to whoever takes it.</param>
    /// <param name="given">The socket.</param>
    /// <exception cref="IOException">The other end is gone, or takes none.</exception>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static void Give(Socket to, Socket given)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(given);
        RequireSupport();
        if (DescriptorMessage.Send(to.SafeHandle, 0, given.SafeHandle) is not 0 and var error)
            throw new IOException($"The connection could not be given to another process: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    /// <summary>Takes a socket that has come; null when none did, or when this process has no descriptor left for it.</summary>
    /// <param name="from">Leads to whoever gives it.</param>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static Socket? Take(Socket from)
    {
        ArgumentNullException.ThrowIfNull(from);
        RequireSupport();
        Span<byte> content = stackalloc byte[1];
        _ = DescriptorMessage.Receive(from.SafeHandle, content, out SafeFileHandle? given, out _, out _);
        if (given is null)
            return null;
        var handle = new SafeSocketHandle(given.DangerousGetHandle(), ownsHandle: true);
        given.SetHandleAsInvalid();
        return new Socket(handle);
    }

    private static void RequireSupport()
    {
        if (!IsSupported)
            throw new PlatformNotSupportedException("Connections are handed to another process on Linux with 64 bits only. Ask IsSupported before.");
    }
}
