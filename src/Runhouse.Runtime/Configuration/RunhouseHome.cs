namespace Runhouse.Runtime.Configuration;

/// <summary>Runhouse's folder of the user: <c>RUNHOUSE_HOME</c>, or <c>~/.runhouse</c>.</summary>
/// <param name="Path">The folder.</param>
internal sealed record RunhouseHome(string Path)
{
    /// <summary>The folder of this process' user.</summary>
    public static RunhouseHome Current => new(
        Environment.GetEnvironmentVariable("RUNHOUSE_HOME") is { Length: > 0 } home
            ? System.IO.Path.GetFullPath(home)
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".runhouse"));

    /// <summary>The state of the host on this machine.</summary>
    public string Local => System.IO.Path.Combine(Path, "local");

    /// <summary>The clusters of this user, by name.</summary>
    public string Clusters => System.IO.Path.Combine(Path, "clusters");

    /// <summary>The states of named objects whose machines were taken away, until the next ones have them.</summary>
    public string Objects => System.IO.Path.Combine(Path, "objects");

    /// <summary>The programs of the host on this machine and of its workers.</summary>
    public string Programs => System.IO.Path.Combine(Path, "programs");

    /// <summary>The .NET runtimes for machines of other platforms.</summary>
    public string Runtimes => System.IO.Path.Combine(Path, "runtimes");

    /// <summary>The hashes of files that were shipped before, one file per application.</summary>
    public string HashCache => System.IO.Path.Combine(Path, "cache", "hashes");

    /// <summary>The secrets that were saved by name.</summary>
    public string Secrets => System.IO.Path.Combine(Path, "secrets");

    /// <summary>The price lists that were refreshed, and the user's overrides.</summary>
    public string Catalogue => System.IO.Path.Combine(Path, "catalogue");

    /// <summary>Creates or overwrites a file that only this user may read.</summary>
    public static FileStreamOptions PrivateFile
    {
        get
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return options;
        }
    }

    /// <summary>Creates a folder that only this user may read.</summary>
    /// <param name="directory">The folder.</param>
    /// <exception cref="DeploymentException">It cannot be created.</exception>
    public static void CreatePrivate(string directory)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException(
                $"Runhouse's folder {directory} cannot be created: {e.Message} Set RUNHOUSE_HOME to a folder that this user may write.", e);
        }
    }
}
