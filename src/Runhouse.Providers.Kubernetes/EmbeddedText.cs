namespace Runhouse.Providers.Kubernetes;

/// <summary>The scripts that lie in this assembly.</summary>
internal static class EmbeddedText
{
    /// <summary>Reads one.</summary>
    /// <param name="name">Its folder and file, with a dot between them.</param>
    public static string Read(string name)
    {
        using Stream resource = typeof(EmbeddedText).Assembly.GetManifestResourceStream($"Runhouse.Providers.Kubernetes.{name}")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
