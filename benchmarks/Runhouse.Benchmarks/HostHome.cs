using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Runhouse.Benchmarks;

/// <summary>A folder of its own for the host of a measurement; the host that used it is stopped with it.</summary>
internal sealed class HostHome : IDisposable
{
    /// <summary>The folder, for <c>RUNHOUSE_HOME</c>.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("rhb-").FullName;

    /// <summary>The host's process id, or null when none has been started.</summary>
    public int? HostProcessId => File.Exists(HostFile) ? Property("pid") : null;

    /// <summary>The host's port.</summary>
    public int HostPort => Property("port");

    private string HostFile => System.IO.Path.Combine(Path, "local", "host.json");

    /// <summary>A home whose callers reach this host at another port, where somebody stands in between.</summary>
    /// <param name="port">The port.</param>
    public HostHome Behind(int port)
    {
        var home = new HostHome();
        JsonNode file = JsonNode.Parse(File.ReadAllText(HostFile))!;
        file["port"] = port;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(home.HostFile)!);
        File.WriteAllText(home.HostFile, file.ToJsonString());
        return home;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (HostProcessId is { } id)
        {
            try
            {
                using var host = Process.GetProcessById(id);
                host.Kill();
                host.WaitForExit();
            }
            catch (ArgumentException)
            {
                // It had stopped by itself.
            }
        }

        Directory.Delete(Path, recursive: true);
    }

    private int Property(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(HostFile));
        return document.RootElement.GetProperty(name).GetInt32();
    }
}
