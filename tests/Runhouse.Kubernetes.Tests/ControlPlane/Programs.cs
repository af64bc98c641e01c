using System.Diagnostics;

namespace Runhouse.Kubernetes.ControlPlane;

/// <summary>The programs of a control plane on this machine: etcd of the system, and those of Kubernetes that <c>.ci/kubernetes</c> builds.</summary>
internal static class Programs
{
    /// <summary>Where the key-value store is.</summary>
    public const string Etcd = "/usr/bin/etcd";

    private const string Build = ".ci/kubernetes";
    private static readonly string[] Needed = [Etcd, "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/sbin/ip"];

    /// <summary>The path of one of Kubernetes' own.</summary>
    /// <param name="name">Its name.</param>
    public static string Of(string name) => Path.Combine(Folder, name);

    /// <summary>Why there can be no cluster here, and what mends it; null when there can. In CI they are built, or the end of the build is waited for that has begun before.</summary>
    public static async Task<string?> FindObstacleAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return "A cluster of Kubernetes of its own takes Linux and root.";
        if (!File.Exists(Of("kube-controller-manager")) && Environment.GetEnvironmentVariable("CI") == "true")
            await BuildAsync();
        string? missing = Needed.Append(Of("kube-controller-manager")).FirstOrDefault(static path => !File.Exists(path));
        return missing is null ? null : $"A cluster of Kubernetes of its own takes a few programs; missing: {missing}. As root: {Build}, and apt-get install -y etcd-server iproute2";
    }

    private static string Folder => Environment.GetEnvironmentVariable("RUNHOUSE_KUBERNETES") is { Length: > 0 } folder ? folder
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "runhouse", "kubernetes");

    private static async Task BuildAsync()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Runhouse.sln")))
            root = Path.GetDirectoryName(root);
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(root!, Build)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Build} ended with {process.ExitCode}:\n{output}\n{await errors}");
    }
}
