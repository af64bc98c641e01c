namespace Runhouse.Runtime.Secrets;

/// <summary>A file in which a tool keeps credentials.</summary>
/// <param name="Path">Where it is when nothing else is said, and where it goes on the host: <c>~/...</c>.</param>
internal sealed record CredentialFile(string Path)
{
    /// <summary>The environment variable that names another file.</summary>
    public string? FileVariable { get; init; }

    /// <summary>The environment variable that names another folder for it.</summary>
    public string? FolderVariable { get; init; }

    /// <summary>Where it is on Windows, below the user's application data; null for the same as elsewhere.</summary>
    public string? OnWindows { get; init; }

    /// <summary>Where it is on this machine, whether it exists or not.</summary>
    public string Find(string home, Func<string, string?> variable)
    {
        if (FileVariable is not null && variable(FileVariable) is { Length: > 0 } file)
            return file;
        if (FolderVariable is not null && variable(FolderVariable) is { Length: > 0 } folder)
            return System.IO.Path.Combine(folder, System.IO.Path.GetFileName(Path));
        if (OnWindows is not null && OperatingSystem.IsWindows())
            return System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), OnWindows);
        return System.IO.Path.Combine(home, Path[2..]);
    }

    /// <summary>Reads it; null when there is none.</summary>
    public SecretFile? Read(string home, Func<string, string?> variable)
    {
        string path = Find(home, variable);
        if (FileVariable == "KUBECONFIG" && path.Contains(System.IO.Path.PathSeparator, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"KUBECONFIG names several files: {path}. Make one of them (kubectl config view --flatten > FILE) and use Secret.FromFile(\"kubernetes\", FILE, \"~/.kube/config\").");
        }

        return File.Exists(path) ? new SecretFile(Path, File.ReadAllBytes(path)) : null;
    }
}
