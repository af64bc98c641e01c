namespace Runhouse.Runtime.Deployment;

/// <summary>Which file a native library is: code says <c>sqlite3</c>, platforms have <c>libsqlite3.so.0</c> and <c>sqlite3.dll</c>. The analyzers use it as well.</summary>
internal static class NativeLibraryName
{
    private const string SharedObject = ".so";

    /// <summary>What is the same in all names of a library.</summary>
    /// <param name="name">A file's name, or what code asks the loader for.</param>
    public static string Of(string name)
    {
        int start = name.LastIndexOfAny(['/', '\\']) + 1;
        int end = name.Length;
        int shared = name.IndexOf(SharedObject, start, StringComparison.OrdinalIgnoreCase);
        if (shared >= 0 && (shared + SharedObject.Length == end || name[shared + SharedObject.Length] == '.'))
            end = shared;
        else if (name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            end -= ".dll".Length;
        else if (name.EndsWith(".dylib", StringComparison.OrdinalIgnoreCase))
            end -= ".dylib".Length;
        if (end - start > "lib".Length && string.CompareOrdinal(name, start, "lib", 0, "lib".Length) == 0)
            start += "lib".Length;
        return start >= end ? name.ToLowerInvariant() : name.Substring(start, end - start).ToLowerInvariant();
    }
}
