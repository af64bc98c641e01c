using Microsoft.Win32.SafeHandles;

namespace Runhouse.Worker.Logs;

/// <summary>Where comes out what is written to the file descriptors 1 and 2, past <see cref="Console"/>: by native code and by child processes.</summary>
/// <param name="Output">The end of what file descriptor 1 leads to.</param>
/// <param name="Error">The end of what file descriptor 2 leads to.</param>
internal sealed record RawPipes(SafeFileHandle Output, SafeFileHandle Error)
{
    /// <summary>The numbers of the two in this process, for the host: it opens them too, and reads what is left in them when this process has ended.</summary>
    public int[] Descriptors => [(int)Output.DangerousGetHandle(), (int)Error.DangerousGetHandle()];
}
