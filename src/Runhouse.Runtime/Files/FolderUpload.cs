using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Files;

/// <summary>Brings a folder, or a file, to a host: announces what there is, uploads the contents that the host lacks, announces it again.</summary>
/// <param name="host">The host.</param>
/// <param name="hashes">The hashes of this machine's files.</param>
/// <param name="meter">Measures the progress.</param>
internal sealed class FolderUpload(HostClient host, HashCache hashes, TransferMeter meter)
{
    // A content may be taken by another transfer between the two announcements; that happens once, if at all.
    private const int MostRounds = 3;

    /// <summary>Copies a folder.</summary>
    /// <param name="folder">The folder, without links.</param>
    /// <param name="remotePath">The folder's path on the host.</param>
    /// <param name="options">What is copied.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    public Task<TransferResult> CopyFolderAsync(string folder, string remotePath, TransferOptions options, CancellationToken cancellationToken)
    {
        FolderRules rules = GitRepository.RulesOf(folder, options.UseGitignore, options.Exclude);
        IReadOnlyList<FolderItem> items = FolderWalk.Read(folder, rules, ruleFileOf: null, LocalPlace.MaxEntries, cancellationToken);
        FolderContents contents = Read(items, cancellationToken);
        var manifest = new FolderManifest
        {
            Path = remotePath,
            Entries = contents.Entries,
            Skipped = contents.Skipped,
            Delete = options.Delete,
            Rules = rules.UseGitignore ? rules with { Unseen = FolderWalk.ReadUnseenRules(folder, items) } : rules,
        };
        return SendAsync(manifest, contents, cancellationToken);
    }

    /// <summary>Copies a file.</summary>
    /// <param name="file">The file, without links.</param>
    /// <param name="remotePath">The file's path on the host, or that of the folder that it goes into, with a slash at the end.</param>
    /// <param name="cancellationToken">Stops the transfer.</param>
    public Task<TransferResult> CopyFileAsync(FileInfo file, string remotePath, CancellationToken cancellationToken)
    {
        int slash = remotePath.LastIndexOf('/');
        string name = remotePath[(slash + 1)..] is { Length: > 0 } given ? given : file.Name;
        if (name == "~")
            throw new FileTransferException("'~' is the home directory on the host. Name the file in it, or write ~/ to keep its name.");
        FolderContents contents = Read([new FolderItem(name, file, LinkTarget: null)], cancellationToken);
        var manifest = new FolderManifest { Path = slash < 0 ? "~" : remotePath[..(slash + 1)], Entries = contents.Entries };
        return SendAsync(manifest, contents, cancellationToken);
    }

    private FolderContents Read(IReadOnlyList<FolderItem> items, CancellationToken cancellationToken)
    {
        FileInfo[] files = [.. items.Select(static item => item.File).OfType<FileInfo>()];
        meter.Begin(TransferPhase.Comparing, files.Length, files.Sum(static file => file.Length));
        var contents = FolderContents.Read(items, hashes, meter.AddFile, cancellationToken);
        hashes.Save();
        return contents;
    }

    private async Task<TransferResult> SendAsync(FolderManifest manifest, FolderContents contents, CancellationToken cancellationToken)
    {
        FolderReply reply = await host.PostFolderAsync(manifest, cancellationToken).ConfigureAwait(false);
        long bytes = 0;
        for (int round = 1; reply.Missing.Count > 0; round++)
        {
            if (round > MostRounds)
                throw new FileTransferException($"{host.Address} still lacks {reply.Missing.Count} contents after they were uploaded. Is another transfer to it under way? Try again; its log may say more.");
            string[] missing = [.. reply.Missing.Distinct(StringComparer.Ordinal)];
            meter.Begin(TransferPhase.Copying, missing.Length, missing.Sum(hash => SourceOf(hash).Length));
            await ContentUpload.SendAsync(host, missing, SourceOf, PutAsync, meter, cancellationToken).ConfigureAwait(false);
            bytes += meter.Bytes;
            reply = await host.PostFolderAsync(manifest, cancellationToken).ConfigureAwait(false);
        }

        meter.End();
        return new TransferResult(reply.Written, reply.Unchanged, reply.Deleted, bytes, contents.Skipped);

        FileInfo SourceOf(string hash) => contents.Sources.GetValueOrDefault(hash)
            ?? throw new FileTransferException($"{host.Address} asks for a content with the hash {hash}, which is in none of the files. Is it a host of another version?");

        async Task PutAsync(string hash, HttpContent content, CancellationToken token)
        {
            try
            {
                await host.PutContentAsync(hash, content, token).ConfigureAwait(false);
            }
            catch (DeploymentException e)
            {
                throw new FileTransferException($"{SourceOf(hash).FullName} was changed while it was uploaded; nothing was written to the target. Try again when it is at rest. ({e.Message})", e);
            }
        }
    }
}
