using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// Memory that two processes of one machine have in common, for one direction of one connection: the pieces of its stream that lie here, and
/// where in the stream they belong. Whoever sends makes it and writes; whoever receives opens it and counts what it has taken. It is gone
/// with the last of the two. All that reads or writes it is between <see cref="Enter"/> and <see cref="Exit"/>. Source: memfd_create(2).
/// </summary>
internal sealed unsafe partial class SharedRegion : MemoryManager<byte>
{
    /// <summary>The room for pieces: what a stream may have on its way.</summary>
    public const int Bytes = 2 * 1024 * 1024;

    /// <summary>How many pieces it may hold.</summary>
    public const int Slots = 64;

    /// <summary>Of all connections of a process, so that thousands of them do not take much memory. Others use their sockets.</summary>
    private const int MostOfProcess = 32;

    private const int HeaderBytes = 4096;
    private const int TakenOffset = 128;
    private const int ReceivedOffset = TakenOffset + sizeof(long);
    private const int SlotsOffset = 256;
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;
    private const int SealsSize = 2 | 4;
    private const int ReadAndWrite = 1 | 2;
    private const int Shared = 1;
    private const int KeepSize = 1;
    private const int PunchHole = 2;

    private static int _ofProcess;
    private static bool _isGivenUp;

    private readonly Mapping _mapping;

    private SharedRegion(Mapping mapping, SafeFileHandle? descriptor = null) => (_mapping, Descriptor) = (mapping, descriptor);

    /// <summary>Whether this process shares memory: until that has once failed, so that a session goes on over a connection without it.</summary>
    public static bool IsUsable
    {
        get => DescriptorMessage.IsSupported && !Volatile.Read(ref _isGivenUp);
        internal set => Volatile.Write(ref _isGivenUp, !value);
    }

    /// <summary>What the far side opens it by; null there.</summary>
    public SafeFileHandle? Descriptor { get; }

    /// <summary>How many pieces have been written.</summary>
    public long Published
    {
        get => Volatile.Read(ref At(0));
        set => Volatile.Write(ref At(0), value);
    }

    /// <summary>How many pieces have been taken: their room is free again.</summary>
    public long Taken
    {
        get => Volatile.Read(ref At(TakenOffset));
        set => Volatile.Write(ref At(TakenOffset), value);
    }

    /// <summary>How much of the session's bytes whoever takes the pieces has received: what an ack says, without a frame.</summary>
    public long Received
    {
        get => Volatile.Read(ref At(ReceivedOffset));
        set => Volatile.Write(ref At(ReceivedOffset), value);
    }

    /// <summary>Shares no memory any more in this process, since something was in the way of it.</summary>
    /// <param name="cause">What.</param>
    /// <returns>What the connection ends with on which it happened.</returns>
    public static IOException GiveUp(string cause)
    {
        IsUsable = false;
        return new IOException($"{cause} The connection is opened again without shared memory.");
    }

    /// <summary>Makes one; null where none can be had.</summary>
    /// <param name="isForNow">Whether that is so for now, since this process has as many as it may.</param>
    public static SharedRegion? TryCreate(out bool isForNow)
    {
        isForNow = true;
        if (Interlocked.Increment(ref _ofProcess) > MostOfProcess)
        {
            Interlocked.Decrement(ref _ofProcess);
            return null;
        }

        var made = new SafeFileHandle(Create("runhouse", CloseOnExec | AllowSealing), ownsHandle: true);
        if (!made.IsInvalid && Truncate(made, HeaderBytes + Bytes) == 0 && Control(made, AddSeals, SealsSize) == 0
            && TryAllocate(made, 0, 0, HeaderBytes + Bytes) && Map(made, isCounted: true) is { } mapping)
        {
            return new SharedRegion(mapping, made);
        }

        // Not allowed here, or there is no memory: the socket does.
        isForNow = false;
        Interlocked.Decrement(ref _ofProcess);
        made.Dispose();
        return null;
    }

    /// <summary>Opens the far side's.</summary>
    /// <param name="descriptor">What came from it.</param>
    /// <exception cref="IOException">It is not one, or cannot be had.</exception>
    public static SharedRegion Open(SafeFileHandle descriptor)
    {
        // Of a size that cannot change: else reading it could end this process.
        int seals = Control(descriptor, GetSeals, 0);
        if (seals < 0 || (seals & SealsSize) != SealsSize || RandomAccess.GetLength(descriptor) != HeaderBytes + Bytes)
            throw GiveUp("The far side gave a descriptor that is no shared memory of this protocol.");
        return Map(descriptor, isCounted: false) is { } mapping ? new SharedRegion(mapping)
            : throw GiveUp($"The far side's shared memory could not be mapped: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Takes memory for the pieces; false when there is none.</summary>
    public bool TryReserve() => TryAllocate(Descriptor!, 0, HeaderBytes, Bytes);

    /// <summary>Gives the pieces' memory back to the system, of both sides; it has to be reserved again.</summary>
    public void Empty() => TryAllocate(Descriptor!, KeepSize | PunchHole, HeaderBytes, Bytes);

    /// <summary>Keeps the memory until <see cref="Exit"/>, also when it is let go of meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">It has been let go of.</exception>
    public void Enter()
    {
        bool isHeld = false;
        _mapping.DangerousAddRef(ref isHeld);
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public void Exit() => _mapping.DangerousRelease();

    /// <summary>Where a piece is, and where in the stream it belongs.</summary>
    /// <param name="number">The number of the piece.</param>
    public ref Piece SlotOf(long number) => ref Unsafe.AsRef<Piece>((void*)(Start + SlotsOffset + ((nint)(number % Slots) * sizeof(Piece))));

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new((void*)(Start + HeaderBytes), Bytes);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((void*)(Start + HeaderBytes + elementIndex));

    /// <inheritdoc/>
    public override void Unpin()
    {
        // It does not move.
    }

    /// <summary>Lets go of the memory.</summary>
    public void Close()
    {
        Descriptor?.Dispose();
        _mapping.Dispose();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
    }

    private nint Start => _mapping.Start;

    private ref long At(int offset) => ref Unsafe.AsRef<long>((void*)(Start + offset));

    private static Mapping? Map(SafeFileHandle descriptor, bool isCounted)
        => Map(0, HeaderBytes + Bytes, ReadAndWrite, Shared, descriptor, 0) is var start && start != -1 ? new Mapping(start, isCounted) : null;

    private static bool TryAllocate(SafeFileHandle file, int mode, long offset, long length)
    {
        int result;
        do
            result = Allocate(file, mode, offset, length);
        while (result != 0 && Marshal.GetLastPInvokeError() == DescriptorMessage.Interrupted);
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Truncate(SafeHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Allocate(SafeHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(nint at, nint length, int access, int kind, SafeHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(nint start, nint length);

    /// <summary>A piece of the stream.</summary>
    public struct Piece
    {
        /// <summary>Where in the stream it begins: how many bytes of it go before.</summary>
        public long Offset;

        /// <summary>Where in the region it is.</summary>
        public int Start;

        /// <summary>How many bytes it has.</summary>
        public int Length;
    }

    /// <summary>The memory's place in this process, which it leaves when nobody is within it.</summary>
    private sealed class Mapping : SafeHandle
    {
        private readonly bool _isCounted;

        public Mapping(nint start, bool isCounted)
            : base(0, ownsHandle: true)
        {
            SetHandle(start);
            _isCounted = isCounted;
        }

        public override bool IsInvalid => handle == 0;

        public nint Start => handle;

        protected override bool ReleaseHandle()
        {
            if (_isCounted)
                Interlocked.Decrement(ref _ofProcess);
            return Unmap(handle, HeaderBytes + Bytes) == 0;
        }
    }
}
