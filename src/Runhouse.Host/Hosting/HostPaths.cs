namespace Runhouse.Host.Hosting;

/// <summary>Paths on this machine as callers write them: absolute, <c>~</c> or below it, or relative.</summary>
internal static class HostPaths
{
    /// <summary>The home of the host's user.</summary>
    public static string Home { get; } = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : "/";

    /// <summary>The path in full.</summary>
    /// <param name="path">The path.</param>
    /// <param name="folder">The folder that a relative one starts from.</param>
    public static string Resolve(string path, string folder) => path switch
    {
        "~" => Home,
        ['~', '/', .. string rest] => Path.GetFullPath(rest, Home),
        _ => Path.GetFullPath(path, folder),
    };

    /// <summary>The path in full, of a place to write to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="folder">The folder that a relative one starts from.</param>
    /// <exception cref="HostRefusal">It leaves the folder that it starts from, or is none.</exception>
    public static string ResolveTarget(string path, string folder)
    {
        if (path.Any(char.IsControl))
            throw HostRefusal.Invalid("A target path holds a control character. Choose another one.");
        if (path.StartsWith('~') && path is not ("~" or ['~', '/', ..]))
            throw HostRefusal.Invalid($"The target '{path}' names another user's home. Write the path in full, or ~/ for the home of the host's user.");
        if (path.Split('/').Contains(".."))
            throw HostRefusal.Invalid($"The target '{path}' leaves its folder by '..'. Write the path in full.");
        return Resolve(path, folder);
    }
}
