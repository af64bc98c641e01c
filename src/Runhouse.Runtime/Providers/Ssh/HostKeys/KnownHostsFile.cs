using System.Text;

namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>A <c>known_hosts</c> file, which several processes read and add to at once.</summary>
internal static class KnownHostsFile
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the lines; none when the file is missing or not for this account to read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting for a process that writes.</param>
    public static async Task<string[]> ReadAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            FileStream file = await OpenAsync(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, time, cancellationToken).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                using var reader = new StreamReader(file);
                string text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                return text.Split('\n');
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Adds a host's key; nothing happens when the file has it already. A file that is made is for this account only.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The host's name, as <see cref="SshHost.KnownName"/> gives it.</param>
    /// <param name="key">The key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting for another process that writes.</param>
    /// <exception cref="CredentialsException">The file cannot be written.</exception>
    public static async Task AddAsync(string path, string name, SshPublicKey key, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            CreateFolder(Path.GetDirectoryName(path)!);
            FileStream file = await OpenAsync(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, time, cancellationToken).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                using var reader = new StreamReader(file, leaveOpen: true);
                string text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                string lower = name.ToLowerInvariant();
                if (text.Split('\n').Any(line => KnownHostLine.TryParse(line, out KnownHostLine? known) && known.Marker is null && known.Key.Equals(key) && known.IsAbout(lower)))
                    return;
                string added = new KnownHostLine(null, lower, key) + "\n";
                file.Seek(0, SeekOrigin.End);
                await file.WriteAsync(Encoding.UTF8.GetBytes(text.Length > 0 && !text.EndsWith('\n') ? "\n" + added : added), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialsException($"The key of {name} cannot be added to {path}: {e.Message} Make the file one that this user may write, or add this line: {new KnownHostLine(null, name, key)}", e);
        }
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // An open file that nobody may share is the lock: it lasts for one read and one write of a few kilobytes.
    private static async Task<FileStream> OpenAsync(
        string path, FileMode mode, FileAccess access, FileShare share, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (mode == FileMode.OpenOrCreate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, options);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException) && time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
