using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Protocol.Sockets;

/// <summary>Bytes on a Unix socket with a descriptor beside them, which becomes the far process's as well. Source: unix(7), SCM_RIGHTS.</summary>
internal static partial class DescriptorMessage
{
    /// <summary>Nothing has come, or there is no room to send (errno(3), EAGAIN).</summary>
    public const int WouldBlock = 11;

    /// <summary>Nobody is there any more (errno(3), EPIPE).</summary>
    public const int BrokenPipe = 32;

    /// <summary>The far side has gone (errno(3), ECONNRESET).</summary>
    public const int Reset = 104;

    /// <summary>A signal came (errno(3), EINTR).</summary>
    public const int Interrupted = 4;

    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int Truncated = 0x8;

    /// <summary>The control block without the room behind its descriptor, where another one would fit.</summary>
    private static readonly unsafe nint OneDescriptor = sizeof(Control) - sizeof(int);

    /// <summary>Whether this system can: the layouts below are those of Linux with 64 bits.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    /// <summary>Sends a byte with a descriptor.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="content">The byte.</param>
    /// <param name="given">The descriptor, which stays this process's too.</param>
    /// <returns>0, or the system's number of what is in the way.</returns>
    public static unsafe int Send(SafeHandle socket, byte content, SafeHandle given)
    {
        bool isHeld = false;
        try
        {
            given.DangerousAddRef(ref isHeld);
            var bytes = new Bytes { Start = &content, Length = 1 };
            var control = new Control { Length = OneDescriptor, Level = SocketLevel, Kind = Rights, Descriptor = (int)given.DangerousGetHandle() };
            var message = new Message { Parts = &bytes, PartCount = 1, Control = &control, ControlLength = sizeof(Control) };
            while (Send(socket, &message, NoSignal) < 0)
            {
                if (Marshal.GetLastPInvokeError() is var error && error != Interrupted)
                    return error;
            }

            return 0;
        }
        finally
        {
            if (isHeld)
                given.DangerousRelease();
        }
    }

    /// <summary>Receives bytes, and the descriptor that comes with the last of them.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="into">Where the bytes go.</param>
    /// <param name="given">The descriptor; null when none came.</param>
    /// <param name="isLost">Whether one came that this process has no room for, or more than one, of which none is wanted.</param>
    /// <param name="error">0, or the system's number of what is in the way.</param>
    /// <returns>How many bytes; 0 at the end.</returns>
    public static unsafe int Receive(SafeHandle socket, Span<byte> into, out SafeFileHandle? given, out bool isLost, out int error)
    {
        (given, isLost, error) = (null, false, 0);
        fixed (byte* start = into)
        {
            var bytes = new Bytes { Start = start, Length = into.Length };
            Control control = default;
            var message = new Message { Parts = &bytes, PartCount = 1, Control = &control, ControlLength = OneDescriptor };
            nint received;
            while ((received = Receive(socket, &message, CloseOnExec)) < 0)
            {
                error = Marshal.GetLastPInvokeError();
                if (error != Interrupted)
                    return 0;
            }

            error = 0;
            isLost = (message.Flags & Truncated) != 0;
            if (message.ControlLength < OneDescriptor || control is not { Level: SocketLevel, Kind: Rights })
                return (int)received;
            given = new SafeFileHandle(control.Descriptor, ownsHandle: true);
            if (isLost)
            {
                given.Dispose();
                given = null;
            }

            return (int)received;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Send(SafeHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Receive(SafeHandle socket, Message* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    private unsafe struct Bytes
    {
        public byte* Start;
        public nint Length;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    private unsafe struct Message
    {
        public void* Name;
        public nint NameLength;
        public Bytes* Parts;
        public nint PartCount;
        public Control* Control;
        public nint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct cmsghdr</c> with one descriptor, and the room that aligns it.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 24)]
    private struct Control
    {
        public nint Length;
        public int Level;
        public int Kind;
        public int Descriptor;
    }
}
