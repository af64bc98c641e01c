using System.Diagnostics;
using System.Reflection;

namespace Runhouse.Generators.Benchmarks;

/// <summary>A project on disk with a subject's sources, built by the SDK with the subject's generator and analyzers and without: what its users wait for.</summary>
internal sealed class ProjectBuild : IDisposable
{
    // What the references are resolved from is this program's own folder; the compiler and the generators lie there too.
    private static readonly string[] NotReferenced = ["Microsoft.CodeAnalysis", "Runhouse.Generators", "System.Composition"];

    private readonly string _folder = Directory.CreateTempSubdirectory("runhouse-build-").FullName;

    /// <summary>Writes the project and restores it.</summary>
    /// <param name="subject">The subject.</param>
    public ProjectBuild(Subject subject)
    {
        foreach ((string path, string text) in subject.Files)
            File.WriteAllText(Path.Combine(_folder, Path.GetFileName(path)), text);
        File.WriteAllText(Path.Combine(_folder, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <UseSharedCompilation>true</UseSharedCompilation>
                <InterceptorsNamespaces>$(InterceptorsNamespaces);Runhouse.Generated</InterceptorsNamespaces>
              </PropertyGroup>
              <ItemGroup>
                <FrameworkReference Include="Microsoft.AspNetCore.App" />
                {string.Join("\n    ", References().Select(static path => $"<Reference Include=\"{path}\" />"))}
                <Analyzer Include="{subject.GeneratorPath}" Condition="'$(WithGenerator)' == 'true'" />
              </ItemGroup>
            </Project>
            """);
        Dotnet("restore");
    }

    /// <summary>Builds everything anew.</summary>
    /// <param name="withGenerator">Whether with the generator and the analyzers.</param>
    /// <returns>Milliseconds.</returns>
    public double Run(bool withGenerator)
    {
        long begin = Stopwatch.GetTimestamp();
        Dotnet("build", "--no-restore", "--no-incremental", "-p:WithGenerator=" + (withGenerator ? "true" : "false"));
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> References() => Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        .Where(static path => !NotReferenced.Any(one => Path.GetFileName(path).StartsWith(one, StringComparison.Ordinal)) && IsManaged(path));

    private static bool IsManaged(string path)
    {
        try
        {
            return AssemblyName.GetAssemblyName(path) is not null;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    private void Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. arguments, "-v", "q"]) { WorkingDirectory = _folder, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(output);
    }
}
