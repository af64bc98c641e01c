using System.Runtime.InteropServices;

namespace Runhouse.Worker.Logs;

/// <summary>The way of the worker's log to its host: a pipe that has room for as long as the host reads it.</summary>
/// <param name="stream">The pipe's stream, without a buffer.</param>
internal sealed partial class LogPipe(Stream stream)
{
    /// <summary>So much goes in at once when there is room at all.</summary>
    public const int AtOnce = 4096;

    private const short Writable = 4;
    private const int Interrupted = 4;

    private readonly int _descriptor = stream is FileStream file && !OperatingSystem.IsWindows() ? (int)file.SafeFileHandle.DangerousGetHandle() : -1;

    /// <summary>Waits until there is room for <see cref="AtOnce"/> bytes; false when there is none in time. Where the system does not tell, there always is.</summary>
    /// <param name="patience">How long to wait.</param>
    public bool WaitForRoom(TimeSpan patience)
    {
        if (_descriptor < 0)
            return true;
        while (true)
        {
            var pipe = new Watched { Descriptor = _descriptor, Events = Writable };
            int ready = Poll(ref pipe, 1, (int)patience.TotalMilliseconds);

            // An end that is closed is ready as well: writing says so.
            if (ready >= 0 || Marshal.GetLastPInvokeError() != Interrupted)
                return ready != 0;
        }
    }

    /// <summary>Writes bytes, at most <see cref="AtOnce"/>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="IOException">Nobody reads the pipe any more.</exception>
    public void Write(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Watched descriptors, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Watched
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
