using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Host.Workers;

/// <summary>
/// What native code, child processes and the runtime's crash report wrote in a worker and the worker had not come to when it ended: it reads pipes of its own, which are
/// open here too for as long as it lives.
/// </summary>
internal sealed partial class LeftOutput : IDisposable
{
    private const int NotBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    private readonly List<SafeFileHandle> _pipes = [];

    /// <summary>Opens a worker's pipes.</summary>
    /// <param name="processId">Its process.</param>
    /// <param name="descriptors">Their numbers there.</param>
    /// <exception cref="IOException">One cannot be opened.</exception>
    public void Open(int processId, IReadOnlyList<int> descriptors)
    {
        foreach (int descriptor in descriptors)
        {
            int pipe = OpenFile($"/proc/{processId}/fd/{descriptor}", NotBlocking | CloseOnExec);
            if (pipe < 0)
                throw new IOException($"/proc/{processId}/fd/{descriptor}: {Marshal.GetLastPInvokeErrorMessage()}");
            _pipes.Add(new SafeFileHandle(pipe, ownsHandle: true));
        }
    }

    /// <summary>Takes the lines that are left. Only once the process has ended.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public IReadOnlyList<string> Take()
    {
        var lines = new List<string>();
        foreach (SafeFileHandle pipe in _pipes)
        {
            string text = Encoding.UTF8.GetString(ReadAll((int)pipe.DangerousGetHandle()));
            if (text.Length > 0)
                lines.AddRange((text[^1] == '\n' ? text[..^1] : text).Split('\n'));
        }

        return lines;
    }

    public void Dispose() => _pipes.ForEach(static pipe => pipe.Dispose());

    private static byte[] ReadAll(int pipe)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            nint count = Read(pipe, buffer, buffer.Length);
            int error = count < 0 ? Marshal.GetLastPInvokeError() : 0;

            // Empty, and perhaps held open by a process that has left the worker's group.
            if (count == 0 || error == TryAgain)
                return all.ToArray();
            if (count > 0)
                all.Write(buffer, 0, (int)count);
            else if (error != Interrupted)
                throw new IOException($"What a worker left could not be read: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nint count);
}
