using System.Collections.Concurrent;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Deployments;

/// <summary>The deployments of this host, on disk: a folder per deployment and, written last, its manifest beside it.</summary>
internal sealed partial class DeploymentStore(HostFolders folders, FileStore files, HostSettings settings, TimeProvider time, ILogger<DeploymentStore> log)
{
    private readonly ConcurrentDictionary<string, Deployment> _ready = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    // Whoever is given a deployment relies on it: nobody may be given one while it is being removed.
    private readonly Lock _removing = new();

    /// <summary>Takes a manifest: says which files are missing, or makes the deployment ready to run.</summary>
    /// <exception cref="HostRefusal">The manifest is refused.</exception>
    public async Task<DeploymentReply> PostAsync(DeploymentManifest manifest, CancellationToken cancellationToken)
    {
        ManifestCheck.Check(manifest, settings);
        string id = manifest.ComputeId();
        SemaphoreSlim gate = GateOf(id);
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Use(id) is not null)
                return new DeploymentReply(id, []);

            List<string> missing = await MissingAsync(manifest, cancellationToken).ConfigureAwait(false);
            if (missing.Count == 0)
                Add(id, manifest);
            return new DeploymentReply(id, missing);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The deployment, if the host has it in full; those of a former life of the host included.</summary>
    public Deployment? Find(string id)
    {
        if (_ready.TryGetValue(id, out Deployment? known))
            return known;
        lock (_removing)
        {
            if (!ContentHash.IsHash(id) || !File.Exists(ManifestOf(id)) || !Directory.Exists(FolderOf(id)))
                return null;
            return Read(id) is { } manifest ? _ready.GetOrAdd(id, new Deployment(id, FolderOf(id), manifest)) : null;
        }
    }

    /// <summary>All deployments that the host has in full.</summary>
    public IReadOnlyList<Deployment> All() =>
    [
        .. Directory.EnumerateFiles(folders.Deployments, "*.json")
            .Select(static path => Path.GetFileNameWithoutExtension(path))
            .Select(Find)
            .OfType<Deployment>()
            .OrderBy(static deployment => deployment.Id, StringComparer.Ordinal),
    ];

    /// <summary>The deployment for somebody who uses it from now on, which is noted at its manifest, so that the host knows it after a restart as well.</summary>
    public Deployment? Use(string id)
    {
        lock (_removing)
        {
            Deployment? found = Find(id);
            if (found is not null)
                File.SetLastWriteTimeUtc(ManifestOf(id), time.GetUtcNow().UtcDateTime);
            return found;
        }
    }

    /// <summary>When somebody last used a deployment, or when it came.</summary>
    public DateTimeOffset UsedAt(string id) => File.GetLastWriteTimeUtc(ManifestOf(id));

    /// <summary>Removes a deployment, unless somebody has used it since a time or is deploying it. Its content stays in the store of files.</summary>
    public bool TryRemove(string id, DateTimeOffset usedSince)
    {
        SemaphoreSlim gate = GateOf(id);
        if (!gate.Wait(0))
            return false;
        try
        {
            lock (_removing)
            {
                if (UsedAt(id) >= usedSince)
                    return false;

                // First the manifest: what is left of an interrupted removal is a folder without one, which is nobody's.
                File.Delete(ManifestOf(id));
                _ready.TryRemove(id, out _);
            }

            Remove(FolderOf(id));
            return true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Removes what interrupted deployments and removals left. Only while nobody deploys.</summary>
    public void RemoveLeftovers()
    {
        foreach (string folder in Directory.EnumerateDirectories(folders.Deployments).Where(folder => !File.Exists(folder + ".json")))
            Remove(folder);
        foreach (string draft in Directory.EnumerateFiles(folders.Deployments, "*.tmp"))
            File.Delete(draft);
    }

    private SemaphoreSlim GateOf(string id) => _gates.GetOrAdd(id, static _ => new SemaphoreSlim(1, 1));

    private DeploymentManifest? Read(string id)
    {
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllBytes(ManifestOf(id)), ControlJson.Default.DeploymentManifest) is { } manifest)
                return manifest;
        }
        catch (JsonException)
        {
            // Cut off by a loss of power, or of another version: the caller sends it again.
        }

        LogUnreadable(id, ManifestOf(id));
        return null;
    }

    private string FolderOf(string id) => Path.Combine(folders.Deployments, id);

    private string ManifestOf(string id) => Path.Combine(folders.Deployments, id + ".json");

    private async Task<List<string>> MissingAsync(DeploymentManifest manifest, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (DeployedFile file in manifest.Files)
        {
            long? size = files.CountOn(file.Hash);
            if (size is not null && size != file.Size && !await files.DiscardIfDamagedAsync(file.Hash, cancellationToken).ConfigureAwait(false))
                throw HostRefusal.Invalid($"The manifest says {file.Size} bytes for '{file.Path}', but the content of hash {file.Hash} has {size}. Build and deploy again.");
            if (size != file.Size && seen.Add(file.Hash))
                missing.Add(file.Hash);
        }

        return missing;
    }

    private void Add(string id, DeploymentManifest manifest)
    {
        string folder = FolderOf(id);
        string draft = folder + ".tmp";

        // What an interrupted attempt left: without a manifest beside it, a folder is nobody's.
        Remove(draft);
        Remove(folder);
        Materialization.Create(draft, manifest, files);
        Directory.Move(draft, folder);

        string manifestDraft = ManifestOf(id) + ".tmp";
        File.Delete(manifestDraft);
        using (FileStream stream = HostFolders.OpenPrivate(manifestDraft, FileMode.CreateNew))
            JsonSerializer.Serialize(stream, manifest, ControlJson.Default.DeploymentManifest);
        File.SetLastWriteTimeUtc(manifestDraft, time.GetUtcNow().UtcDateTime);
        File.Move(manifestDraft, ManifestOf(id), overwrite: true);
        _ready[id] = new Deployment(id, folder, manifest);
        LogReady(id, manifest.Application, manifest.Files.Count);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [LoggerMessage(LogLevel.Warning, "Deployment {Id} does not count: {Path} is not a manifest")]
    private partial void LogUnreadable(string id, string path);

    [LoggerMessage(LogLevel.Information, "Deployment {Id} of {Application} is ready: {Files} files")]
    private partial void LogReady(string id, string application, int files);
}
