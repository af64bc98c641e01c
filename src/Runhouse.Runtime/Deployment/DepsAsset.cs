namespace Runhouse.Runtime.Deployment;

/// <summary>A file that <c>deps.json</c> lists.</summary>
/// <param name="Library">The library that it belongs to, <c>Newtonsoft.Json/13.0.3</c>.</param>
/// <param name="LibraryPath">The library's folder inside a package folder; null for a project's.</param>
/// <param name="Path">Its path inside the library.</param>
/// <param name="OutputPath">Its path beside the application.</param>
/// <param name="Rid">The platform it is for; null for any, or for the one platform that the application was built for.</param>
internal sealed record DepsAsset(string Library, string? LibraryPath, string Path, string OutputPath, string? Rid)
{
    private const string PlatformFolder = "runtimes/";

    /// <summary>Whether it is a native library, or what one needs.</summary>
    public bool IsNative { get; init; }

    /// <summary>The platform for which its package has it, also in an application that was built for one platform; null for any.</summary>
    public string? PlatformOfPackage => Rid ?? (IsInPlatformFolder(out int end) ? Path[PlatformFolder.Length..end] : null);

    private bool IsInPlatformFolder(out int end)
    {
        end = Path.StartsWith(PlatformFolder, StringComparison.Ordinal) ? Path.IndexOf('/', PlatformFolder.Length) : -1;
        return end > 0;
    }
}
