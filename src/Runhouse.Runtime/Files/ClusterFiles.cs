using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Files;

namespace Runhouse;

/// <summary>
/// Files and folders of a cluster's host, copied by content: what is there already does not travel. A path on the host is absolute or relative to the
/// home of the host's user, for which <c>~</c> stands; it does not contain <c>..</c>. A transfer that breaks off leaves the target as it
/// was, and the next one goes on from what has arrived.
/// </summary>
public sealed class ClusterFiles
{
    private readonly Func<CancellationToken, Task<HostClient>> _findHost;
    private readonly string _hashes;
    private readonly TimeProvider _time;

    /// <summary>Makes the files of a host; nothing happens yet.</summary>
    /// <param name="findHost">Finds the host.</param>
    /// <param name="home">Runhouse's folder of the user.</param>
    /// <param name="time">The clock.</param>
    internal ClusterFiles(Func<CancellationToken, Task<HostClient>> findHost, RunhouseHome home, TimeProvider time)
        => (_findHost, _hashes, _time) = (findHost, home.HashCache, time);

    /// <summary>
    /// Copies a file, or what is in a folder, to the host. Of a file, the remote path is the file's own, or that of the folder that it goes
    /// into, with a slash at the end; of a folder, it is the path of the copy. Missing folders are made.
    /// </summary>
    /// <param name="localPath">The file or the folder. The home directory and what is above it are refused.</param>
    /// <param name="remotePath">Where it goes.</param>
    /// <param name="options">What of a folder is copied; null for <see cref="TransferOptions.Default"/>, which deletes nothing.</param>
    /// <param name="progress">Is told how far the transfer is, some times a second.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <exception cref="FileTransferException">Something cannot be read, written or carried, or changed meanwhile; the message says what.</exception>
    public async Task<TransferResult> UploadAsync(
        string localPath, string remotePath, TransferOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(localPath);
        ArgumentException.ThrowIfNullOrEmpty(remotePath);
        options ??= TransferOptions.Default;
        string place = LocalPlace.Of(localPath);
        var file = new FileInfo(place);
        if (!file.Exists && !Directory.Exists(place))
            throw new FileTransferException($"{place} does not exist. Check the path; it is relative to {Environment.CurrentDirectory}.", new FileNotFoundException(null, place));
        if (!file.Exists)
            LocalPlace.CheckNotHome(place, "is not copied as a whole");
        else if (options.Delete)
            throw new ArgumentException($"{place} is a file; only folders are copied with deletions.", nameof(options));

        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        var upload = new FolderUpload(host, OpenHashes(place), new TransferMeter(progress, _time));

        // Walking and hashing take their time, which is not the calling thread's.
        return await Task.Run(
            () => file.Exists ? upload.CopyFileAsync(file, remotePath, cancellationToken) : upload.CopyFolderAsync(place, remotePath, options, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Copies a file, or what is in a folder, from the host. Of a file, the local path is the file's own, or that of the folder that it goes
    /// into, with a slash at the end; of a folder, it is the path of the copy. Missing folders are made.
    /// </summary>
    /// <param name="remotePath">The file or the folder. The home directory there and what is above it are refused.</param>
    /// <param name="localPath">Where it goes.</param>
    /// <param name="options">What of a folder is copied; null for <see cref="TransferOptions.Default"/>, which deletes nothing.</param>
    /// <param name="progress">Is told how far the transfer is, some times a second.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <exception cref="RemoteNotFoundException">The host has nothing at the path.</exception>
    /// <exception cref="FileTransferException">Something cannot be read, written or carried, or changed meanwhile; the message says what.</exception>
    public async Task<TransferResult> DownloadAsync(
        string remotePath, string localPath, TransferOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(remotePath);
        ArgumentException.ThrowIfNullOrEmpty(localPath);
        options ??= TransferOptions.Default;
        string place = LocalPlace.Of(localPath);
        if (options.Delete)
            LocalPlace.CheckNotHome(place, "would be emptied of all else");

        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        var query = new FolderQuery(remotePath) { UseGitignore = options.UseGitignore, Exclude = options.Exclude };
        FolderListing listing = await host.ListFolderAsync(query, cancellationToken).ConfigureAwait(false);
        string? name = null;
        if (listing.IsFile)
        {
            if (options.Delete)
                throw new ArgumentException($"{remotePath} is a file; only folders are copied with deletions.", nameof(options));
            if (listing.Entries is not [{ Path: { } given }])
                throw new FileTransferException($"{host.Address} listed something else than one entry for the file {remotePath}. Is it a host of another version?");
            bool intoFolder = LocalPlace.IsFolderByName(localPath);
            name = intoFolder ? given : Path.GetFileName(place);
            place = intoFolder ? place : Path.GetDirectoryName(place)!;
        }

        var download = new FolderDownload(host, new TransferMeter(progress, _time));
        return await Task.Run(() => download.CopyAsync(listing, place, name, options, OpenHashes, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a folder on the host the mirror of a local one: <see cref="UploadAsync"/> with <see cref="TransferOptions.Delete"/>.</summary>
    /// <param name="localFolder">The folder here.</param>
    /// <param name="remoteFolder">The folder there. The home directory and what is above it are refused.</param>
    /// <param name="options">What is copied, and what is left alone there.</param>
    /// <param name="progress">Is told how far the transfer is, some times a second.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <exception cref="FileTransferException">Something cannot be read, written or carried, or changed meanwhile; the message says what.</exception>
    public Task<TransferResult> SyncUpAsync(
        string localFolder, string remoteFolder, TransferOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => UploadAsync(localFolder, remoteFolder, (options ?? TransferOptions.Default) with { Delete = true }, progress, cancellationToken);

    /// <summary>Makes a local folder the mirror of one on the host: <see cref="DownloadAsync"/> with <see cref="TransferOptions.Delete"/>.</summary>
    /// <param name="remoteFolder">The folder there.</param>
    /// <param name="localFolder">The folder here. The home directory and what is above it are refused.</param>
    /// <param name="options">What is copied, and what is left alone here.</param>
    /// <param name="progress">Is told how far the transfer is, some times a second.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    /// <exception cref="RemoteNotFoundException">The host has nothing at the path.</exception>
    /// <exception cref="FileTransferException">Something cannot be read, written or carried, or changed meanwhile; the message says what.</exception>
    public Task<TransferResult> SyncDownAsync(
        string remoteFolder, string localFolder, TransferOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => DownloadAsync(remoteFolder, localFolder, (options ?? TransferOptions.Default) with { Delete = true }, progress, cancellationToken);

    /// <summary>Opens a file of the host; it is read as it arrives.</summary>
    /// <param name="remotePath">The file.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <exception cref="RemoteNotFoundException">The host has no such file.</exception>
    public async Task<Stream> OpenReadAsync(string remotePath, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(remotePath);
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        return await host.OpenFileAsync(remotePath, isCompressed: false, cancellationToken).ConfigureAwait(false);
    }

    private HashCache OpenHashes(string place) => HashCache.Open(_hashes, $"folder {place}", _time);
}
