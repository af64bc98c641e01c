using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Deployments;

/// <summary>
/// Which deployment of each application is current: the one that callers get who name the application and no build. A deployment becomes current when it
/// first serves, and when it is made so. Which ones were current before is kept, the last one first, on disk.
/// </summary>
internal sealed partial class CurrentVersions
{
    // In the place of the current one of an application that was taken back: the others have been current, and are so again only when somebody says so.
    private const string None = "";

    private readonly Lock _gate = new();
    private readonly HostFolders _folders;
    private readonly Dictionary<string, List<string>> _versions;

    public CurrentVersions(HostFolders folders, ILogger<CurrentVersions> log)
    {
        _folders = folders;
        try
        {
            _versions = JsonSerializer.Deserialize(File.ReadAllBytes(folders.CurrentFile), VersionsJson.Default.DictionaryStringListString) ?? [];
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            _versions = [];
            if (exception is JsonException)
                LogUnreadable(log, folders.CurrentFile, exception.Message);
        }
    }

    /// <summary>Raised when another deployment is current than before, or one was removed.</summary>
    public event Action? Changed;

    /// <summary>The current deployment of an application, and the one that was current before; null where there is none.</summary>
    public (string? Current, string? Previous) Of(string application)
    {
        lock (_gate)
            return _versions.GetValueOrDefault(application) is { } versions && versions[0] != None ? (versions[0], versions.ElementAtOrDefault(1)) : default;
    }

    /// <summary>Whether a deployment has never been current: then it will be as soon as it serves.</summary>
    public bool IsNew(Deployment deployment)
    {
        lock (_gate)
            return _versions.GetValueOrDefault(deployment.Manifest.Application)?.Contains(deployment.Id) != true;
    }

    /// <summary>Makes a deployment current that never was: one that serves for the first time.</summary>
    public void Add(Deployment deployment)
    {
        lock (_gate)
        {
            if (!IsNew(deployment))
                return;
            Put(deployment);
        }

        Changed?.Invoke();
    }

    /// <summary>Makes a deployment current that never was, unless another one has become current meanwhile.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="behind">Which one was current; null for none.</param>
    public void Add(Deployment deployment, string? behind)
    {
        lock (_gate)
        {
            if (!IsNew(deployment) || Of(deployment.Manifest.Application).Current != behind)
                return;
            Put(deployment);
        }

        Changed?.Invoke();
    }

    /// <summary>Makes a deployment current.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="instead">Which one must be current until now; null for any.</param>
    /// <exception cref="HostRefusal">Another one is.</exception>
    public void MakeCurrent(Deployment deployment, string? instead)
    {
        lock (_gate)
        {
            string application = deployment.Manifest.Application;
            string? current = Of(application).Current;
            if (instead is not null && current != instead)
            {
                throw new HostRefusal(
                    StatusCodes.Status409Conflict,
                    HostErrorCode.Invalid,
                    $"The current deployment of '{application}' is {current ?? "none"} by now, not {instead}: somebody has deployed or rolled back meanwhile. Look at the deployments, then try again.");
            }

            if (current == deployment.Id)
                return;
            Put(deployment);
        }

        Changed?.Invoke();
    }

    /// <summary>Takes an application back: none of its deployments is current, until one is made so or serves that never was.</summary>
    /// <param name="application">The application.</param>
    /// <exception cref="HostRefusal">None of its deployments is current.</exception>
    public void Withdraw(string application)
    {
        lock (_gate)
        {
            if (Of(application).Current is null)
            {
                string[] others = [.. _versions.Where(static one => one.Value[0] != None).Select(static one => one.Key).Order(StringComparer.Ordinal)];
                throw HostRefusal.NotFound($"No deployment of '{application}' is current here. {(others.Length == 0 ? "No application has one." : $"Applications that have one: {string.Join(", ", others)}.")}");
            }

            _versions[application].Insert(0, None);
            Save();
        }

        Changed?.Invoke();
    }

    /// <summary>Forgets a deployment that was removed.</summary>
    public void Remove(Deployment deployment)
    {
        lock (_gate)
        {
            if (_versions.GetValueOrDefault(deployment.Manifest.Application) is { } versions && versions.Remove(deployment.Id))
            {
                if (versions is [] or [None])
                    _versions.Remove(deployment.Manifest.Application);
                Save();
            }
        }

        Changed?.Invoke();
    }

    private void Put(Deployment deployment)
    {
        if (!_versions.TryGetValue(deployment.Manifest.Application, out List<string>? versions))
            _versions.Add(deployment.Manifest.Application, versions = []);
        versions.Remove(None);
        versions.Remove(deployment.Id);
        versions.Insert(0, deployment.Id);
        Save();
    }

    private void Save() => HostFolders.WritePrivate(_folders.CurrentFile, JsonSerializer.SerializeToUtf8Bytes(_versions, VersionsJson.Default.DictionaryStringListString));

    [LoggerMessage(LogLevel.Warning, "Which deployments are current is not known any more: {Path} cannot be read ({Reason}). Each application's next one will be")]
    private static partial void LogUnreadable(ILogger log, string path, string reason);

    /// <summary>The JSON of the file.</summary>
    [JsonSerializable(typeof(Dictionary<string, List<string>>))]
    private sealed partial class VersionsJson : JsonSerializerContext;
}
