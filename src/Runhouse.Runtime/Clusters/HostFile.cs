using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>What a running host says about itself in <c>host.json</c>, on its machine, readable by its user only.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Port">Its port.</param>
/// <param name="Token">What authenticates a caller.</param>
/// <param name="HostId">Its identity, new at each start.</param>
/// <param name="Version">Its version.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Fingerprint">SHA-256 of the certificate on its port, in hexadecimal digits; null when the port speaks no TLS.</param>
internal sealed record HostFile(int Pid, int Port, string Token, string HostId, string Version, DateTimeOffset StartedAt, string? Fingerprint = null)
{
    /// <summary>The versions of the protocol that it speaks; null of one from before it said so.</summary>
    public ProtocolRange? Protocol { get; init; }

    /// <summary>The number of the ABI that its workers have for generated code (<see cref="GeneratedAbi.Number"/>); 0 of one from before it said so.</summary>
    public int Abi { get; init; }

    /// <summary>Whether its port is open on all of its machine's addresses, not on the loopback address alone.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The name of the file in the host's folder.</summary>
    public const string FileName = "host.json";

    /// <summary>Reads the file in a host's folder; null when there is none or when it is not complete.</summary>
    /// <param name="directory">The host's folder.</param>
    public static HostFile? TryRead(string directory)
    {
        try
        {
            return TryParse(File.ReadAllBytes(Path.Combine(directory, FileName)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads the file's content; null when it is not complete.</summary>
    /// <param name="json">The content.</param>
    public static HostFile? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            HostFile? file = JsonSerializer.Deserialize(json, HostFileJson.Default.HostFile);
            return file is { Pid: > 0, Port: > 0 and < 65_536, Token.Length: > 0, HostId.Length: > 0 } ? file : null;
        }
        catch (JsonException)
        {
            // One that an older version wrote: a new host replaces the file.
            return null;
        }
    }

    /// <summary>Whether a process of that id runs.</summary>
    public bool IsProcessAlive()
    {
        if (OperatingSystem.IsLinux())
            return Directory.Exists($"/proc/{Pid}");
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(Pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>The JSON of <see cref="HostFile"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HostFile))]
internal sealed partial class HostFileJson : JsonSerializerContext;
