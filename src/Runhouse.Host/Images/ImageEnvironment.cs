using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Images;

/// <summary>What an image gives its workers. In memory only: the values of secrets are in it.</summary>
/// <param name="Id">Names this environment and these values, and tells nothing about them.</param>
/// <param name="Image">The image's name.</param>
/// <param name="Variables">The environment variables.</param>
/// <param name="Redactor">Hides the image's secrets; null when it has none.</param>
internal sealed record ImageEnvironment(string Id, string Image, IReadOnlyDictionary<string, string> Variables, Redactor? Redactor)
{
    // What the loader, the runtime and the C library read once, when a process starts.
    private static readonly string[] ReadAtStart = ["DOTNET_", "COMPlus_", "CORECLR_", "LD_", "GLIBC_", "MALLOC_", "LC_", "LANG", "TZ"];

    /// <summary>Whether a worker must be started with it, instead of being told when it is warm.</summary>
    public bool IsForStart => AreForStart(Variables.Keys);

    /// <summary>Whether any variables of these names count only when a process starts.</summary>
    /// <param name="names">The names.</param>
    public static bool AreForStart(IEnumerable<string> names) => names.Any(static name => ReadAtStart.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    /// <inheritdoc/>
    public override string ToString() => $"environment {Id} of image {Image}";
}
