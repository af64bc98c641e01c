using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// Gives a connected socket to another process of this machine, over a Unix socket between the two: what comes and goes over it from then on
/// passes this process no more. Source: unix(7), SCM_RIGHTS.
/// </summary>
public static partial class SocketHandover
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int Truncated = 0x8;

    /// <summary>The control block without the room behind its descriptor, where another one would fit.</summary>
    private static readonly unsafe nint OneDescriptor = sizeof(Control) - sizeof(int);

    /// <summary>Whether this system can: the layouts below are those of Linux with 64 bits.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Where a worker takes sockets.</summary>
    /// <param name="socketPath">Where it accepts connections.</param>
    public static string PathOf(string socketPath) => Path.ChangeExtension(socketPath, "in.sock");

    /// <summary>Gives a socket away. Both processes have it then; whoever gives it closes its own.</summary>
    /// <param name="to">Leads to whoever takes it.</param>
    /// <param name="given">The socket.</param>
    /// <exception cref="IOException">The other end is gone, or takes none.</exception>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static unsafe void Give(Socket to, Socket given)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(given);
        RequireSupport();
        bool isHeld = false;
        try
        {
            given.SafeHandle.DangerousAddRef(ref isHeld);
            byte content = 0;
            var piece = new Piece { Start = &content, Length = 1 };
            var control = new Control { Length = OneDescriptor, Level = SocketLevel, Kind = Rights, Descriptor = (int)given.SafeHandle.DangerousGetHandle() };
            var message = new Message { Pieces = &piece, PieceCount = 1, Control = &control, ControlLength = sizeof(Control) };
            if (Send(to.SafeHandle, &message, NoSignal) < 0)
                throw new IOException($"The connection could not be given to another process: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
        finally
        {
            if (isHeld)
                given.SafeHandle.DangerousRelease();
        }
    }

    /// <summary>Takes a socket that has come; null when none did, or when this process has no descriptor left for it.</summary>
    /// <param name="from">Leads to whoever gives it.</param>
    /// <exception cref="PlatformNotSupportedException">Not <see cref="IsSupported"/>.</exception>
    public static unsafe Socket? Take(Socket from)
    {
        ArgumentNullException.ThrowIfNull(from);
        RequireSupport();
        byte content = 0;
        var piece = new Piece { Start = &content, Length = 1 };
        Control control = default;
        var message = new Message { Pieces = &piece, PieceCount = 1, Control = &control, ControlLength = OneDescriptor };
        if (Receive(from.SafeHandle, &message, CloseOnExec) <= 0 || message.ControlLength < OneDescriptor || control is not { Level: SocketLevel, Kind: Rights })
            return null;
        var handle = new SafeSocketHandle(control.Descriptor, ownsHandle: true);
        if ((message.Flags & Truncated) == 0)
            return new Socket(handle);

        // More than was to come: none of it is wanted.
        handle.Dispose();
        return null;
    }

    private static void RequireSupport()
    {
        if (!IsSupported)
            throw new PlatformNotSupportedException("Connections are handed to another process on Linux with 64 bits only. Ask IsSupported before.");
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Send(SafeHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial nint Receive(SafeHandle socket, Message* message, int flags);

    /// <summary><c>struct iovec</c>.</summary>
    private unsafe struct Piece
    {
        public byte* Start;
        public nint Length;
    }

    /// <summary><c>struct msghdr</c>.</summary>
    private unsafe struct Message
    {
        public void* Name;
        public nint NameLength;
        public Piece* Pieces;
        public nint PieceCount;
        public Control* Control;
        public nint ControlLength;
        public nint Flags;
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
