using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Clusters;

/// <summary>
/// The states of named objects whose machines were taken away: whoever has lost a worker with its machine fetches them while the host still answers, and whoever finds the cluster's next host gives
/// them to it. Between the two they are files of this user's, one for each object, whole or not there.
/// </summary>
/// <param name="home">Runhouse's folder of the user.</param>
/// <param name="output">Where is said what did not come along.</param>
/// <param name="time">The clock.</param>
internal sealed class RescuedObjects(RunhouseHome home, RemoteOutput output, TimeProvider time)
{
    private const string Suffix = ".json";
    private const int AtOnce = 4;

    // A host whose machine is taken away does not answer for longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<(string Folder, string HostId), Lazy<Task>> _rescues = new();

    /// <summary>Begins to fetch what a host keeps of objects; once, however many workers of it were lost.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="from">The host.</param>
    public void Begin(ClusterSpec cluster, int host, HostClient from)
    {
        string folder = FolderOf(cluster, host);
        _ = _rescues.GetOrAdd((folder, from.Address.HostId), _ => new Lazy<Task>(() => Task.Run(() => FetchAsync(folder, from)))).Value;
    }

    /// <summary>Ends once what was begun is fetched, or cannot be.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task FetchedAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken)
    {
        string folder = FolderOf(cluster, host);
        return Task.WhenAll(_rescues.Where(one => one.Key.Folder == folder).Select(static one => one.Value.Value)).WaitAsync(cancellationToken);
    }

    /// <summary>Gives a host what was fetched of those before it.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="to">The host.</param>
    /// <param name="cancellationToken">Stops waiting; what it has not got yet stays.</param>
    /// <exception cref="HostUnreachableException">The host does not answer; what it has not got yet stays.</exception>
    public async Task GiveAsync(ClusterSpec cluster, int host, HostClient to, CancellationToken cancellationToken)
    {
        string folder = FolderOf(cluster, host);
        foreach (((string Folder, string HostId) from, Lazy<Task> rescue) in _rescues)
        {
            if (from.Folder != folder || from.HostId == to.Address.HostId)
                continue;
            await rescue.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            _rescues.TryRemove(from, out _);
        }

        if (!Directory.Exists(folder))
            return;
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Suffix).Order(StringComparer.Ordinal))
        {
            if (Read(path) is not { } rescued || rescued.HostId == to.Address.HostId)
                continue;
            try
            {
                await HostObjects.GiveKeptAsync(to, rescued.Object, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SnapshotException or DeploymentException)
            {
                // It says itself why this one does not come back, and is not tried again and again; its state is nowhere else.
                string refused = path + ".refused";
                File.Move(path, refused, overwrite: true);
                output.Warn($"The remote object '{rescued.Object.Name}' of cluster '{cluster.Name}' is not on its new machine: {e.Message} Its state is in {refused}; take that ending away to have it tried again with the next machine.", time);
                continue;
            }

            File.Delete(path);
        }
    }

    /// <summary>Forgets what was fetched for a cluster that was taken down.</summary>
    /// <param name="cluster">The cluster.</param>
    public void Forget(ClusterSpec cluster)
    {
        for (int host = 0; host < cluster.Hosts.Count; host++)
        {
            string folder = FolderOf(cluster, host);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private string FolderOf(ClusterSpec cluster, int host) => Path.Combine(home.Objects, cluster.FolderOf(host));

    private async Task FetchAsync(string folder, HostClient from)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            IReadOnlyList<string> names = await HostObjects.ListKeptAsync(from, patience.Token).ConfigureAwait(false);
            if (names.Count == 0)
                return;
            RunhouseHome.CreatePrivate(folder);
            await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = patience.Token }, FetchOneAsync).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            output.Warn($"The kept objects of {from.Address} do not come along to the next machine: {e.Message}", time);
        }

        async ValueTask FetchOneAsync(string name, CancellationToken cancellationToken)
        {
            try
            {
                Write(folder, new RescuedObject(from.Address.HostId, await HostObjects.GetKeptAsync(from, name, cancellationToken).ConfigureAwait(false)));
            }
            catch (Exception e) when (e is RemoteException or OperationCanceledException or IOException or UnauthorizedAccessException)
            {
                output.Warn($"The state of the remote object '{name}' did not come along from {from.Address}, whose machine is taken away: {e.Message} Create it again.", time);
            }
        }
    }

    // Several programs may fetch it at once: each whole, under a name of its own until then.
    private static void Write(string folder, RescuedObject rescued)
    {
        string path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rescued.Object.Name)).AsSpan(0, 16)) + Suffix);
        string draft = $"{path}.{Environment.ProcessId}.tmp";
        using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
        {
            JsonSerializer.Serialize(stream, rescued, RescuedJson.Default.RescuedObject);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    private RescuedObject? Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, RescuedJson.Default.RescuedObject);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another program has given it meanwhile, or taken the cluster down.
            return null;
        }
        catch (JsonException e)
        {
            output.Warn($"The state of a remote object in {path} cannot be read and is left there: {e.Message}", time);
            return null;
        }
    }
}

/// <summary>An object, and the host that had it.</summary>
/// <param name="HostId">The host's identity.</param>
/// <param name="Object">The object.</param>
internal sealed record RescuedObject(string HostId, TransferredObject Object);

/// <summary>The JSON of <see cref="RescuedObject"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RescuedObject))]
internal sealed partial class RescuedJson : JsonSerializerContext;
