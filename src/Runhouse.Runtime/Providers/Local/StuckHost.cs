using System.ComponentModel;
using System.Diagnostics;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>Ends a host of this machine that does not answer, by its process.</summary>
internal static class StuckHost
{
    private const string HomeOption = "--home";

    /// <summary>Ends it, and waits until it is gone; its workers go with it.</summary>
    /// <param name="file">What the host said about itself.</param>
    /// <param name="directory">The host's folder.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False when no such host runs: its process has ended, or has become another program.</returns>
    /// <exception cref="HostUnreachableException">Whether it runs cannot be found out, or it cannot be ended.</exception>
    public static async Task<bool> EndAsync(HostFile file, string directory, CancellationToken cancellationToken)
    {
        if (!file.IsProcessAlive())
            return false;
        string what = $"The host of this machine (process {file.Pid}) does not answer (Runhouse:ConnectTimeout)";
        if (!OperatingSystem.IsLinux())
        {
            throw new HostUnreachableException(
                $"{what}, and on this system its process cannot be told from another program's. If it is Runhouse.Host with {HomeOption} {directory}, end it.");
        }

        try
        {
            using var process = Process.GetProcessById(file.Pid);

            // The handle first: from here on the number stands for the process that is looked at, and for no later one.
            _ = process.SafeHandle;
            if (!IsHost(await File.ReadAllTextAsync($"/proc/{file.Pid}/cmdline", cancellationToken).ConfigureAwait(false), directory))
                return false;
            process.Kill();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FileNotFoundException or DirectoryNotFoundException)
        {
            // It has ended meanwhile.
            return false;
        }
        catch (Exception e) when (e is Win32Exception or UnauthorizedAccessException or IOException)
        {
            throw new HostUnreachableException($"{what} and cannot be ended: {e.Message} End that process as its user, then try again.", e);
        }
    }

    private static bool IsHost(string commandLine, string directory)
    {
        string[] words = commandLine.Split('\0');
        int home = Array.IndexOf(words, HomeOption);
        return home > 0 && home + 1 < words.Length && words[home + 1] == directory;
    }
}
