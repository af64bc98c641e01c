using System.Collections.Concurrent;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Folders;

/// <summary>
/// The user's folders on this machine, as callers copy to and from them. Contents that callers send are staged and then moved to their place, so
/// that they are on the disk once.
/// </summary>
internal sealed partial class FolderStore(HostFolders folders, HostSettings settings, FileStore deployed, TimeProvider time, ILogger<FolderStore> log)
{
    // Of a sync that never came to its end; one that is taken up again finds them.
    private static readonly TimeSpan StagedFor = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly Lazy<FileStore> _staged = new(() => new FileStore(folders.Staged, settings.MaxTransferBytes, time));

    /// <summary>Contents that callers have sent for folders.</summary>
    public FileStore Staged => _staged.Value;

    /// <summary>Says which contents are missing, or makes the folder hold the entries.</summary>
    /// <exception cref="HostRefusal">The target is refused.</exception>
    /// <exception cref="FileTransferException">An entry is refused, or something is in its way.</exception>
    public async Task<FolderReply> PostAsync(FolderManifest manifest, CancellationToken cancellationToken)
    {
        FolderCheck.Check(manifest.Rules);
        FolderCheck.Check(manifest.Entries, settings.MaxFolderEntries);
        var target = TargetPath.Parse(manifest.Path, settings);
        target.CheckNotHost(folders, manifest.Delete);
        target.CheckNotHost(folders, manifest.Entries);
        if (manifest.Delete)
            target.CheckNotHome(settings, "would be emptied of all else");

        SemaphoreSlim gate = _gates.GetOrAdd(target.Full, static _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Off the thread that reads the connection: hashing and copying take their time.
            return await Task.Run(() => MirrorAsync(target, manifest, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AggregateException { InnerException: IOException or UnauthorizedAccessException })
        {
            throw HostRefusal.Transfer(
                $"{target.Full} on the host cannot be changed as asked: {((e as AggregateException)?.InnerException ?? e).Message} Check its owner, its rights and the free space, then try again.");
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>What is at a path: a folder with what its rules do not ignore, or a file.</summary>
    /// <exception cref="HostRefusal">There is nothing, or it is refused.</exception>
    public Task<FolderListing> ListAsync(FolderQuery query, CancellationToken cancellationToken)
    {
        var target = TargetPath.Parse(query.Path, settings);
        bool isFile = File.Exists(target.Full);
        if (!isFile && !Directory.Exists(target.Full))
            throw NotFound(target);
        target.CheckNotHost(folders, delete: false);
        if (!isFile)
            target.CheckNotHome(settings, "is not copied as a whole");
        return Task.Run(() => List(target, isFile, query, cancellationToken), cancellationToken);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="HostRefusal">There is none, or it is refused.</exception>
    public FileStream OpenRead(string? path)
    {
        var target = TargetPath.Parse(path, settings);
        target.CheckNotHost(folders, delete: false);
        if (Directory.Exists(target.Full))
            throw HostRefusal.Transfer($"{EntryPath.Quote(target.Given)} on the host is a folder. Download it as one.");
        try
        {
            return new FileStream(target.Full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw NotFound(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HostRefusal.Transfer($"{EntryPath.Quote(target.Given)} on the host cannot be read: {e.Message} Check its owner and its rights.");
        }
    }

    private static HostRefusal NotFound(TargetPath target) => HostRefusal.NotFound(
        $"{EntryPath.Quote(target.Given)} does not exist on the host; looked for at {target.Full}. Check the path: it is absolute, or relative to the home on the host.");

    private async Task<FolderReply> MirrorAsync(TargetPath target, FolderManifest manifest, CancellationToken cancellationToken)
    {
        var hashes = HashCache.Open(folders.Hashes, target.Full, time);
        var mirror = new FolderMirror(target.Full, manifest.Entries, manifest.Rules, manifest.Skipped, manifest.Delete, settings.MaxFolderEntries, HostFolders.PrivateFile);
        await mirror.CompareAsync(hashes, cancellationToken).ConfigureAwait(false);
        hashes.Save();
        string[] missing = [.. mirror.Missing.Where(content => Staged.SizeOf(content.Key) != content.Value && deployed.SizeOf(content.Key) != content.Value).Select(static content => content.Key)];
        if (missing.Length > 0)
            return new FolderReply { Missing = missing };

        missing = await FillAsync(mirror, cancellationToken).ConfigureAwait(false);
        if (missing.Length > 0)
            return new FolderReply { Missing = missing };
        FolderReply reply = mirror.Apply(cancellationToken);
        Staged.RemoveOlder(time.GetUtcNow() - StagedFor);
        LogWritten(target.Full, reply.Written, reply.Unchanged, reply.Deleted);
        return reply;
    }

    // What a deployment has as well stays its own; what was staged is moved.
    private async Task<string[]> FillAsync(FolderMirror mirror, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (string hash in mirror.Missing.Keys)
        {
            if (Staged.TryTake(hash, mirror.Drafts.PathOf(hash)))
                continue;
            if (!await mirror.Drafts.CopyInAsync(deployed.PathOf(hash), hash, cancellationToken).ConfigureAwait(false))
                missing.Add(hash);
        }

        return [.. missing];
    }

    private FolderListing List(TargetPath target, bool isFile, FolderQuery query, CancellationToken cancellationToken)
    {
        FolderRules rules = isFile ? new FolderRules() : GitRepository.RulesOf(target.Full, query.UseGitignore, query.Exclude);
        FolderCheck.Check(rules);
        IReadOnlyList<FolderItem> items = isFile
            ? [new FolderItem(Path.GetFileName(target.Full), new FileInfo(target.Full), LinkTarget: null)]
            : FolderWalk.Read(target.Full, rules, ruleFileOf: null, settings.MaxFolderEntries, cancellationToken);
        var hashes = HashCache.Open(folders.Hashes, target.Full, time);
        var contents = FolderContents.Read(items, hashes, hashed: null, cancellationToken);
        hashes.Save();
        return new FolderListing
        {
            Path = isFile ? Path.GetDirectoryName(target.Full)! : target.Full,
            IsFile = isFile,
            Entries = contents.Entries,
            Skipped = contents.Skipped,
            Rules = rules.UseGitignore ? rules with { Unseen = FolderWalk.ReadUnseenRules(target.Full, items) } : rules,
        };
    }

    [LoggerMessage(LogLevel.Information, "{Folder} was brought up to date: {Written} written, {Unchanged} unchanged, {Deleted} deleted")]
    private partial void LogWritten(string folder, int written, int unchanged, int deleted);
}
