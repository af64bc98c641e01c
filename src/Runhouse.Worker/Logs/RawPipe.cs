using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Worker.Logs;

/// <summary>A pipe of the system's.</summary>
internal sealed partial class RawPipe
{
    private const int CloseOnExec = 0x80000;
    private const int SetSize = 1031;
    private const int BytesThere = 0x541B;
    private const int Interrupted = 4;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly SafeFileHandle _exit;
    private readonly SafeFileHandle _entry;

    private RawPipe(int exit, int entry) => (_exit, _entry) = (new SafeFileHandle(exit, ownsHandle: true), new SafeFileHandle(entry, ownsHandle: true));

    /// <summary>The number of the end where it comes out.</summary>
    public int Exit => (int)_exit.DangerousGetHandle();

    /// <summary>Makes one, which no child process inherits.</summary>
    /// <param name="size">How much it is to hold, in bytes; as much as this user may have.</param>
    public static RawPipe Create(int size)
    {
        int[] ends = new int[2];
        Check(Pipe(ends, CloseOnExec), "make a pipe");
        _ = Control(ends[1], SetSize, size);
        return new RawPipe(ends[0], ends[1]);
    }

    /// <summary>Makes a descriptor of this process lead into the pipe. Its own way in stays open: a pipe without one is at its end when code closes that descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public void LeadFrom(int descriptor) => Check(Duplicate((int)_entry.DangerousGetHandle(), descriptor), $"point fd {descriptor} at a pipe");

    /// <summary>Copies what is in the pipe into another one and leaves it here; waits while there is nothing.</summary>
    /// <param name="other">The other pipe, which is empty.</param>
    /// <param name="most">The most to copy, in bytes.</param>
    public int CopyTo(RawPipe other, int most)
    {
        while (true)
        {
            nint copied = Tee(Exit, (int)other._entry.DangerousGetHandle(), most, 0);
            if (copied >= 0 || Marshal.GetLastPInvokeError() != Interrupted)
                return Check((int)copied, "copy from a pipe");
        }
    }

    /// <summary>Takes bytes that are there out of the pipe.</summary>
    /// <param name="bytes">Is filled.</param>
    public void Take(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            nint count = Read(Exit, bytes, bytes.Length);
            if (count >= 0 || Marshal.GetLastPInvokeError() != Interrupted)
                bytes = bytes[Check((int)count, "read from a pipe")..];
        }
    }

    /// <summary>Waits until more is in the pipe than is known of; false when nothing has come in time.</summary>
    /// <param name="known">How much is known to be there, in bytes.</param>
    /// <param name="patience">How long to wait.</param>
    public bool WaitForMore(int known, TimeSpan patience)
    {
        for (TimeSpan waited = TimeSpan.Zero; waited < patience; waited += Look)
        {
            Check(Ask(Exit, BytesThere, out int there), "look into a pipe");
            if (there > known)
                return true;
            Thread.CurrentThread.Join(Look);
        }

        return false;
    }

    private static int Check(int result, string step)
        => result >= 0 ? result : throw new IOException($"Could not {step}: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe([Out] int[] ends, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ask(int descriptor, nuint request, out int answer);

    [LibraryImport("libc", EntryPoint = "tee", SetLastError = true)]
    private static partial nint Tee(int from, int to, nint count, uint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nint count);
}
