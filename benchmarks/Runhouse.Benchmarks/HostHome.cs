using System.Diagnostics;
using System.Text.Json;

namespace Runhouse.Benchmarks;

/// <summary>A folder of its own for the host of a measurement; the host that used it is stopped with it.</summary>
internal sealed class HostHome : IDisposable
{
    /// <summary>The folder, for <c>RUNHOUSE_HOME</c>.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("rhb-").FullName;

    /// <summary>The host's process id, or null when none has been started.</summary>
    public int? HostProcessId
    {
        get
        {
            string file = System.IO.Path.Combine(Path, "local", "host.json");
            if (!File.Exists(file))
                return null;
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            return document.RootElement.GetProperty("pid").GetInt32();
        }
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
}
