using System.Globalization;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>
/// The memory that a container may have, held by the kernel. Where one of its processes is killed for it, the container ends, as kubelets have it that make the control group one
/// whole (<c>memory.oom.group</c>, the default since 1.28).
/// </summary>
internal sealed class MemoryLimit : IAsyncDisposable
{
    private readonly string _events;

    /// <summary>Sets it.</summary>
    /// <param name="name">A name of its own.</param>
    /// <param name="bytes">The most memory.</param>
    public MemoryLimit(string name, long bytes)
    {
        string own = File.ReadLines("/proc/self/cgroup").Select(static line => line.Split(':')).FirstOrDefault(static parts => parts[1] == "memory")?[2] ?? "";
        string text = bytes.ToString(CultureInfo.InvariantCulture);
        if (Directory.Exists("/sys/fs/cgroup/memory"))
        {
            Folder = Directory.CreateDirectory($"/sys/fs/cgroup/memory{own}/{name}").FullName;
            File.WriteAllText(Path.Combine(Folder, "memory.limit_in_bytes"), text);
            if (File.Exists(Path.Combine(Folder, "memory.memsw.limit_in_bytes")))
                File.WriteAllText(Path.Combine(Folder, "memory.memsw.limit_in_bytes"), text);
            _events = Path.Combine(Folder, "memory.oom_control");
        }
        else
        {
            string unified = File.ReadLines("/proc/self/cgroup").First(static line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
            Folder = Directory.CreateDirectory($"/sys/fs/cgroup{unified}/{name}").FullName;
            File.WriteAllText(Path.Combine(Folder, "memory.max"), text);
            _events = Path.Combine(Folder, "memory.events");
        }
    }

    /// <summary>The control group.</summary>
    public string Folder { get; }

    /// <summary>Whether the kernel has killed a process for it.</summary>
    public bool HasKilled => File.ReadLines(_events).Any(static line => line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0");

    /// <summary>Gives the control group back, whose processes have ended or are about to.</summary>
    public async ValueTask DisposeAsync()
    {
        while (true)
        {
            try
            {
                Directory.Delete(Folder);
                return;
            }
            catch (IOException) when (Directory.Exists(Folder))
            {
                // It is free a moment after the last of them.
                await Task.Delay(20);
            }
        }
    }
}
