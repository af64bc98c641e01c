using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Files;

/// <summary>Brings a folder, or a file, from a host: asks what there is, downloads the contents that differ, then changes the target.</summary>
/// <param name="host">The host.</param>
/// <param name="meter">Measures the progress.</param>
internal sealed class FolderDownload(HostClient host, TransferMeter meter)
{
    /// <summary>Copies what the host has listed.</summary>
    /// <param name="listing">What the host has.</param>
    /// <param name="folder">The folder on this machine, without links.</param>
    /// <param name="name">The name of the file in it; null when folders are copied.</param>
    /// <param name="options">What is copied.</param>
    /// <param name="openHashes">Opens the hashes of this machine's files.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    public async Task<TransferResult> CopyAsync(
        FolderListing listing, string folder, string? name, TransferOptions options, Func<string, HashCache> openHashes, CancellationToken cancellationToken)
    {
        FolderCheck.Check(listing.Entries, LocalPlace.MaxEntries);
        IReadOnlyList<FolderEntry> entries = name is null ? listing.Entries : [.. listing.Entries.Select(entry => entry with { Path = name })];
        FolderCheck.Check(entries, LocalPlace.MaxEntries);

        // What is asked for here counts, whatever the host says.
        FolderRules rules = listing.Rules with { UseGitignore = options.UseGitignore, Exclude = options.Exclude };
        FolderCheck.Check(rules);
        var mirror = new FolderMirror(folder, entries, rules, listing.Skipped, options.Delete, LocalPlace.MaxEntries);
        try
        {
            HashCache hashes = openHashes(folder);
            meter.Begin(TransferPhase.Comparing, entries.Count, entries.Sum(static entry => entry.Size));
            await mirror.CompareAsync(hashes, cancellationToken).ConfigureAwait(false);
            hashes.Save();
            meter.Begin(TransferPhase.Copying, mirror.Missing.Count, mirror.Missing.Values.Sum());
            await DownloadAsync(listing, mirror, cancellationToken).ConfigureAwait(false);
            long bytes = meter.Bytes;
            FolderReply reply = mirror.Apply(cancellationToken);
            meter.End();
            return new TransferResult(reply.Written, reply.Unchanged, reply.Deleted, bytes, listing.Skipped);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AggregateException { InnerException: IOException or UnauthorizedAccessException })
        {
            Exception cause = (e as AggregateException)?.InnerException ?? e;
            throw new FileTransferException($"{folder} cannot be changed as asked: {cause.Message} Check its owner, its rights and the free space, then try again; what has arrived is kept.", cause);
        }
    }

    private Task DownloadAsync(FolderListing listing, FolderMirror mirror, CancellationToken cancellationToken)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (FolderEntry entry in listing.Entries)
        {
            if (entry.Hash is { } hash)
                paths.TryAdd(hash, $"{listing.Path.TrimEnd('/')}/{entry.Path}");
        }

        return Parallel.ForEachAsync(
            mirror.Missing,
            new ParallelOptions { MaxDegreeOfParallelism = ContentUpload.AtOnce, CancellationToken = cancellationToken },
            async (content, token) =>
            {
                string path = paths[content.Key];
                bool isCompressed = !host.Address.IsThisMachine && ContentUpload.IsCompressible(path, content.Value);
                Stream stream = await host.OpenFileAsync(path, isCompressed, token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    if (!await ContentHash.CopyAsync(stream, mirror.Drafts.PathOf(content.Key), content.Key, content.Value, bytes => meter.AddBytes(bytes), token).ConfigureAwait(false))
                        throw new FileTransferException($"{path} on {host.Address} was changed while it was downloaded; the target is unchanged. Try again when it is at rest; what has arrived is kept.");
                }

                meter.AddFile();
            });
    }
}
