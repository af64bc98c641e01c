using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Control;

/// <summary>
/// Takes the process's standard input and output for the control messages, and leaves user code, native libraries and child
/// processes an empty input, and pipes that end in this process as output and error output: nothing that they read or print can disturb the host, and
/// what they print finds the call that it belongs to. Where a system has no such pipes, the error stream is their output.
/// The worker's own log goes to the error stream past <see cref="Console"/>, whose streams write under the lock of
/// <see cref="Console.Out"/>: user code holds that one while it waits for the lock under which the worker writes its log.
/// </summary>
internal static partial class StandardStreams
{
    private const int DuplicateCloseOnExec = 1030;
    private const int DuplicateCloseOnExecMac = 67;
    private const int ReadWrite = 2;

    // A crash report has to fit: when the process ends, what is in the pipe is the host's to read.
    private const int PipeBytes = 1 << 20;

    /// <summary>Takes the streams. Called once, before anything touches the console.</summary>
    /// <returns>The control messages' input and output, the worker's log, and where the output and the error output of everything else come out.</returns>
    public static (Stream Input, Stream Output, Stream Log, RawPipe[] Raw) Take()
    {
        if (OperatingSystem.IsWindows())
            return (Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError(), []);
        int input = Duplicate(0);
        int output = Duplicate(1);
        int log = Duplicate(2);
        int empty = Check(Open("/dev/null", ReadWrite), "open /dev/null");
        Check(DuplicateTo(empty, 0), "point fd 0 at /dev/null");
        _ = Close(empty);
        RawPipe[] raw = [];
        if (OperatingSystem.IsLinux())
            raw = [Redirect(1), Redirect(2)];
        else
            Check(DuplicateTo(2, 1), "point fd 1 at fd 2");
        return (Over(input, FileAccess.Read), Over(output, FileAccess.Write), Over(log, FileAccess.Write), raw);
    }

    /// <summary>New files and sockets of this process are readable by this user alone until the scope ends.</summary>
    public static PrivateFiles OnlyForThisUser() => new(OperatingSystem.IsWindows() ? 0 : FileMask(0b001_111_111));

    [SupportedOSPlatform("linux")]
    private static RawPipe Redirect(int descriptor)
    {
        RawPipe pipe = RawPipe.Create(PipeBytes);
        pipe.LeadFrom(descriptor);
        return pipe;
    }

    private static FileStream Over(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: true), access, 0);

    [UnsupportedOSPlatform("windows")]
    private static int Duplicate(int descriptor) => Check(
        FileControl(descriptor, OperatingSystem.IsMacOS() ? DuplicateCloseOnExecMac : DuplicateCloseOnExec, 3),
        $"duplicate fd {descriptor}");

    private static int Check(int result, string step) => result >= 0
        ? result
        : throw new IOException(
            $"Could not {step}: {Marshal.GetLastPInvokeErrorMessage()}. The worker must be started by a host, with its standard streams open.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateTo(int from, int to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial int FileMask(int mask);

    /// <summary>Restores the process's file mask.</summary>
    internal readonly struct PrivateFiles(int previous) : IDisposable
    {
        public void Dispose()
        {
            if (!OperatingSystem.IsWindows())
                _ = FileMask(previous);
        }
    }
}
