using System.Text.Json;
using System.Text.Json.Serialization;

namespace Runhouse.Host.Hosting;

/// <summary><c>host.json</c>: how the programs of this user find the host. It appears once the host answers and holds the only copy of the token.</summary>
internal sealed record HostFile(int Pid, int Port, string Token, string HostId, string Version, DateTimeOffset StartedAt)
{
    /// <summary>Writes the file in one step, so that a reader sees all of it or none.</summary>
    public void Write(string path)
    {
        string draft = path + ".tmp";
        File.Delete(draft);
        using (FileStream stream = HostFolders.OpenPrivate(draft, FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, this, HostFileJson.Default.HostFile);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }
}

/// <summary>The JSON of <see cref="HostFile"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HostFile))]
internal sealed partial class HostFileJson : JsonSerializerContext;
