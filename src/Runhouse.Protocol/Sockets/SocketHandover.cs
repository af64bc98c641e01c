using System.Buffers.Binary;
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
    private const byte Plain = 0;
    private const byte Secure = 1;
    private const int MaxCertificateBytes = 64 * 1024;

    /// <summary>Whether this system can.</summary>
    public static bool IsSupported => DescriptorMessage.IsSupported;

    /// <summary>Where a worker takes sockets.</summary>
    /// <param name="socketPath">Where it accepts connections.</param>
    public static string PathOf(string socketPath) => Path.ChangeExtension(socketPath, "in.sock");

    /// <summary>Gives a socket away. Both processes have it then; whoever gives it closes its own.</summary>
    /// <param name="to">Leads to whoever takes it.</param>
    /// <param name="given">The socket.</param>
    /// <param name="isSecure">Whether TLS comes over it, of which nothing was read: then <see cref="SendCertificateAsync"/> follows.</param>
    /// <exception cref="IOException">The other end is gone, or takes none.</exception>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static void Give(Socket to, Socket given, bool isSecure = false)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(given);
        RequireSupport();
        if (DescriptorMessage.Send(to.SafeHandle, isSecure ? Secure : Plain, given.SafeHandle) is not 0 and var error)
            throw new IOException($"The connection could not be given to another process: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    /// <summary>Takes a socket that has come; null when none did, or when this process has no descriptor left for it.</summary>
    /// <param name="from">Leads to whoever gives it.</param>
    /// <param name="isSecure">Whether TLS comes over it: then <see cref="ReceiveCertificateAsync"/> follows.</param>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static Socket? Take(Socket from, out bool isSecure)
    {
        ArgumentNullException.ThrowIfNull(from);
        RequireSupport();
        Span<byte> content = stackalloc byte[1];
        _ = DescriptorMessage.Receive(from.SafeHandle, content, out SafeFileHandle? given, out _, out _);
        isSecure = content[0] == Secure;
        if (given is null)
            return null;
        var handle = new SafeSocketHandle(given.DangerousGetHandle(), ownsHandle: true);
        given.SetHandleAsInvalid();
        return new Socket(handle);
    }

    /// <summary>Sends what TLS is to be spoken with, behind the socket.</summary>
    /// <param name="to">Leads to whoever takes the socket.</param>
    /// <param name="certificate">The certificate with its key, as PKCS #12.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The other end is gone.</exception>
    public static async Task SendCertificateAsync(Socket to, ReadOnlyMemory<byte> certificate, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(to);
        byte[] content = new byte[sizeof(int) + certificate.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content, certificate.Length);
        certificate.CopyTo(content.AsMemory(sizeof(int)));
        for (int sent = 0; sent < content.Length;)
            sent += await to.SendAsync(content.AsMemory(sent), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Receives what TLS is to be spoken with.</summary>
    /// <param name="from">Leads to whoever gives the socket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The certificate with its key, as PKCS #12.</returns>
    /// <exception cref="IOException">None came.</exception>
    public static async Task<byte[]> ReceiveCertificateAsync(Socket from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        int length = BinaryPrimitives.ReadInt32LittleEndian(await ReceiveAsync(from, sizeof(int), cancellationToken).ConfigureAwait(false));
        return length is > 0 and <= MaxCertificateBytes
            ? await ReceiveAsync(from, length, cancellationToken).ConfigureAwait(false)
            : throw new IOException($"A connection was handed over with a certificate of {length} bytes.");
    }

    private static async Task<byte[]> ReceiveAsync(Socket from, int length, CancellationToken cancellationToken)
    {
        byte[] content = new byte[length];
        for (int received = 0; received < length;)
        {
            int count = await from.ReceiveAsync(content.AsMemory(received), cancellationToken).ConfigureAwait(false);
            received += count > 0 ? count : throw new IOException("A connection was handed over without its certificate.");
        }

        return content;
    }

    private static void RequireSupport()
    {
        if (!IsSupported)
            throw new PlatformNotSupportedException("Connections are handed to another process on Linux with 64 bits only. Ask IsSupported before.");
    }
}
