using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Applications;

/// <summary>Finds the application of a build's output, which is deployed without being loaded.</summary>
internal static class ApplicationFolder
{
    private const string DepsSuffix = ".deps.json";

    /// <summary>The <c>deps.json</c> of an application.</summary>
    /// <param name="path">The folder that a build has written, or the assembly in it that the program starts with.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path.</exception>
    /// <exception cref="ArgumentException">There is no application, or the folder has several.</exception>
    public static string FindDepsFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            string beside = Path.ChangeExtension(full, null) + DepsSuffix;
            if (!File.Exists(full))
                throw new FileNotFoundException($"There is neither a folder nor an assembly '{path}'. Build the project, and name the folder with its output, such as bin/Release/net10.0.", full);
            return File.Exists(beside) ? beside : throw new ArgumentException(
                $"'{path}' has no {Path.GetFileName(beside)} beside it, so that the files of its application are not known. Name the assembly of a project that was built with GenerateDependencyFile on.");
        }

        string[] found = [.. Directory.EnumerateFiles(full, "*" + DepsSuffix).Order(StringComparer.Ordinal)];

        // A program has a configuration of its runtime as well, which the libraries beside it have not.
        string[] programs = [.. found.Where(static one => File.Exists(one[..^DepsSuffix.Length] + ".runtimeconfig.json"))];
        return (programs.Length > 0 ? programs : found) switch
        {
            [string one] => one,
            [] => throw new ArgumentException($"The folder '{path}' has no {DepsSuffix} file. Build the project, and name the folder with its output, such as bin/Release/net10.0."),
            var several => throw new ArgumentException(
                $"The folder '{path}' has several applications: {string.Join(", ", several.Select(static one => Path.GetFileName(one)[..^DepsSuffix.Length] + ".dll"))}. Name the assembly of one of them."),
        };
    }
}
