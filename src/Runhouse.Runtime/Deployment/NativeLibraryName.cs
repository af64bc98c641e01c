namespace Runhouse.Runtime.Deployment;

/// <summary>
/// Which file a native library is: code says <c>sqlite3</c>, platforms have <c>libsqlite3.so.0</c> and <c>sqlite3.dll</c>; and code that chooses by the
/// architecture says <c>lz4_x64</c> or <c>lz4_arm64</c>, of which each platform has one. The analyzers use it as well.
/// </summary>
internal static class NativeLibraryName
{
    private const string SharedObject = ".so";
    private static readonly string[] Architectures = ["x86_64", "x86-64", "amd64", "x64", "x86", "aarch64", "arm64", "-arm", "_arm", ".arm", "64", "32"];

    /// <summary>What is the same in all names of a library.</summary>
    /// <param name="name">A file's name, or what code asks the loader for.</param>
    public static string Of(string name)
    {
        int start = name.LastIndexOfAny(['/', '\\']) + 1;
        int end = name.Length;
        int shared = name.IndexOf(SharedObject, start, StringComparison.OrdinalIgnoreCase);
        if (shared >= 0 && (shared + SharedObject.Length == end || name[shared + SharedObject.Length] == '.'))
            end = shared;

        // `foo.dll.so` is what a loader on Linux tries for `foo.dll`.
        if (EndsWith(name, end, ".dll"))
            end -= ".dll".Length;
        else if (EndsWith(name, end, ".dylib"))
            end -= ".dylib".Length;
        if (end - start > "lib".Length && string.CompareOrdinal(name, start, "lib", 0, "lib".Length) == 0)
            start += "lib".Length;
        return start >= end ? name.ToLowerInvariant() : WithoutArchitecture(name.Substring(start, end - start).ToLowerInvariant());
    }

    private static string WithoutArchitecture(string name)
    {
        string? architecture = Architectures.FirstOrDefault(one => name.EndsWith(one, StringComparison.Ordinal));
        string rest = architecture is null ? name : name.Substring(0, name.Length - architecture.Length).TrimEnd('-', '_', '.');
        return rest.Length == 0 ? name : rest;
    }

    private static bool EndsWith(string name, int end, string suffix)
        => end >= suffix.Length && string.Compare(name, end - suffix.Length, suffix, 0, suffix.Length, StringComparison.OrdinalIgnoreCase) == 0;
}
