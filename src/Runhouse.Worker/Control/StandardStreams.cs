using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Worker.Control;

/// <summary>
/// Takes the process's standard input and output for the control messages, and leaves user code, native libraries and child
/// processes an empty input and the error stream as output: nothing that they read or print can disturb the host.
/// The worker's own log goes to the error stream past <see cref="Console"/>, whose streams write under the lock of
/// <see cref="Console.Out"/>: user code holds that one while it waits for the lock under which the worker writes its log.
/// </summary>
internal static partial class StandardStreams
{
    private const int DuplicateCloseOnExec = 1030;
    private const int DuplicateCloseOnExecMac = 67;
    private const int ReadWrite = 2;

    /// <summary>Takes the streams. Called once, before anything touches the console.</summary>
    public static (Stream Input, Stream Output, Stream Log) Take()
    {
        if (OperatingSystem.IsWindows())
            return (Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError());
        int input = Duplicate(0);
        int output = Duplicate(1);
        int log = Duplicate(2);
        int empty = Check(Open("/dev/null", ReadWrite), "open /dev/null");
        Check(DuplicateTo(empty, 0), "point fd 0 at /dev/null");
        Check(DuplicateTo(2, 1), "point fd 1 at fd 2");
        _ = Close(empty);
        return (Over(input, FileAccess.Read), Over(output, FileAccess.Write), Over(log, FileAccess.Write));
    }

    /// <summary>New files and sockets of this process are readable by this user alone until the scope ends.</summary>
    public static PrivateFiles OnlyForThisUser() => new(OperatingSystem.IsWindows() ? 0 : FileMask(0b001_111_111));

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
