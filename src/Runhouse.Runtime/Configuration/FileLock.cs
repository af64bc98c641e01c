using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Configuration;

/// <summary>Lets one process at a time change a file; the system gives the lock back when the process ends, however it ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Takes a lock that is held for moments only.</summary>
    /// <param name="path">The lock's file, which stays.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="IOException">Somebody else has held it for too long.</exception>
    public static async Task<FileStream> TakeAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            if (TryTake(path) is { } held)
                return held;
            if (time.GetElapsedTime(started) > Patience)
                throw new IOException($"Another process has held {path} for {TimeLimit.Text(Patience)}. Find the process that holds it and end it, then try again.");
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a share in a lock, which others may have as well, and nobody the lock itself; null when somebody has that.</summary>
    /// <param name="path">The lock's file, which stays.</param>
    public static FileStream? TryShare(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Takes a lock; null when another process, or another caller in this one, has it.</summary>
    /// <param name="path">The lock's file, which stays.</param>
    public static FileStream? TryTake(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    private static FileStream? TryOpen(string path, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException and not FileNotFoundException)
        {
            return null;
        }
    }
}
