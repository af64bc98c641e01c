using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Hosting;

/// <summary><c>host.json</c>: how the programs of this user find the host. It appears once the host answers and holds the only copy of the token.</summary>
internal sealed record HostFile(int Pid, int Port, string Token, string HostId, string Version, DateTimeOffset StartedAt, string? Fingerprint = null)
{
    /// <summary>The versions of the protocol that it speaks.</summary>
    public ProtocolRange? Protocol { get; init; }

    /// <summary>The number of the ABI that its workers have for generated code (<see cref="GeneratedAbi.Number"/>).</summary>
    public int Abi { get; init; }

    /// <summary>Whether its port is open on all of the machine's addresses.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Reads the file; null when there is none, or none that can be read.</summary>
    public static HostFile? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), HostFileJson.Default.HostFile) is { HostId.Length: > 0, Token.Length: > 0, Port: > 0 } file ? file : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file again when somebody removed or damaged it; another host's is left alone.</summary>
    public void Keep(string path)
    {
        // Without its folder the home is gone, and whoever comes next makes another.
        if (TryRead(path) is null && Directory.Exists(Path.GetDirectoryName(path)))
            Write(path);
    }

    /// <summary>Removes the file, unless it is another host's by now: of one that was started after somebody had removed the folder.</summary>
    public void Remove(string path)
    {
        if (TryRead(path)?.HostId == HostId)
            File.Delete(path);
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path) => HostFolders.WritePrivate(path, JsonSerializer.SerializeToUtf8Bytes(this, HostFileJson.Default.HostFile));
}

/// <summary>The JSON of <see cref="HostFile"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostFile))]
internal sealed partial class HostFileJson : JsonSerializerContext;
