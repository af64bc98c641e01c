using System.Text.Json;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Clusters;

/// <summary>The clusters of this user, by name: one file each, which only this user may read. Several processes may use it at once.</summary>
/// <param name="home">Runhouse's folder of the user.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterStore(RunhouseHome home, TimeProvider time)
{
    private const string Suffix = ".json";

    /// <summary>A cluster; null when none of that name is saved.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="RunhouseConfigurationException">Its file cannot be read.</exception>
    public ClusterSpec? Find(string name)
    {
        ClusterName.Check(name);
        return Read(PathOf(name));
    }

    /// <summary>All clusters, by name.</summary>
    public IReadOnlyList<ClusterSpec> All() => !Directory.Exists(home.Clusters) ? [] :
    [
        .. Directory.EnumerateFiles(home.Clusters, "*" + Suffix).Order(StringComparer.Ordinal).Select(Read).OfType<ClusterSpec>(),
    ];

    /// <summary>The names of all clusters, in order, also of those whose files cannot be read.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(home.Clusters) ? [] :
    [
        .. Directory.EnumerateFiles(home.Clusters, "*" + Suffix).Select(static path => Path.GetFileName(path)[..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Saves a cluster, unless it is saved as it is. What the declaration leaves open stays as it is saved.</summary>
    /// <param name="spec">The cluster.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    /// <exception cref="DeploymentException">One of that name is saved that asks for other machines.</exception>
    public async Task<ClusterSpec> SaveAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        string path = PathOf(spec.Name);
        RunhouseHome.CreatePrivate(home.Clusters);

        // One after the other: two that declare one name at once must not both believe that it was theirs, and what is saved may be about to be removed.
        using FileStream held = await FileLock.TakeAsync(path + ".lock", time, cancellationToken).ConfigureAwait(false);
        ClusterSpec? saved = Read(path);
        if (saved is not null)
            EnsureSame(saved, spec);
        ClusterSpec kept = spec.Onto(saved) with { CreatedAt = saved?.CreatedAt ?? time.GetUtcNow() };
        if (saved == kept && saved.HasImage == kept.HasImage && saved.Site == kept.Site)
            return saved;
        string draft = path + ".tmp";
        using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
        {
            JsonSerializer.Serialize(stream, kept, ClusterJson.Default.ClusterSpec);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        return kept;
    }

    /// <summary>Forgets a cluster that was taken down, unless somebody has brought it up again since.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isUp">Whether it is up, asked while nobody else can save it: who brings it up saves it afterwards.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    /// <returns>Whether it was saved, and is not any more.</returns>
    public async Task<bool> RemoveAsync(string name, Func<CancellationToken, Task<bool>> isUp, CancellationToken cancellationToken)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
            return false;
        using FileStream held = await FileLock.TakeAsync(path + ".lock", time, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(path) || await isUp(cancellationToken).ConfigureAwait(false))
            return false;
        File.Delete(path);
        return true;
    }

    /// <summary>The error when a cluster is declared again as another one.</summary>
    /// <param name="saved">As it is saved.</param>
    /// <param name="declared">As it is declared now.</param>
    public static void EnsureSame(ClusterSpec saved, ClusterSpec declared)
    {
        if (!saved.AsksForSame(declared))
        {
            throw new DeploymentException(
                $"Cluster '{declared.Name}' is up as {saved.Describe()}, and is declared here as {declared.Describe()}. "
                + $"Use it as it is (Cluster.Get(\"{declared.Name}\")), take it down first, or choose another name.");
        }
    }

    private static ClusterSpec? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ClusterJson.Default.ClusterSpec);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"The saved cluster {path} cannot be read: {e.Message} Repair the file, or remove it and declare the cluster again.", e);
        }
    }

    private string PathOf(string name) => Path.Combine(home.Clusters, name + Suffix);
}
