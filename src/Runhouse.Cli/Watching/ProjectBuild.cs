using System.Diagnostics;

namespace Runhouse.Cli.Watching;

/// <summary>Builds a project with <c>dotnet build</c>, one build at a time.</summary>
/// <param name="project">The project's file.</param>
/// <param name="options">What else <c>dotnet build</c> is told: the configuration, properties.</param>
internal sealed class ProjectBuild(string project, IReadOnlyList<string> options) : IDisposable
{
    private static readonly string Targets = Path.Combine(AppContext.BaseDirectory, "Watching", "Watch.targets");

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>The name of the project's file.</summary>
    public string Name { get; } = Path.GetFileName(project);

    /// <summary>Builds, and finds out how each project is compiled; all of them are compiled anew for that.</summary>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <returns>The projects whose assemblies are in the output of the one that is built, that one first.</returns>
    /// <exception cref="BuildFailedException">It does not compile.</exception>
    public async Task<IReadOnlyList<BuiltProject>> InspectAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("runhouse-watch-").FullName;
        try
        {
            await BuildAsync(
                [$"-p:CustomAfterMicrosoftCommonTargets={Targets}", $"-p:_RunhouseCommandLines={folder}", "-p:ProvideCommandLineArgs=true"], [], cancellationToken).ConfigureAwait(false);
            BuiltProject[] all = [.. Directory.EnumerateFiles(folder).Select(BuiltProject.Read)];
            BuiltProject[] own = [.. all.Where(one => one.Path == project)];
            if (own is not [var root])
            {
                throw new ArgumentException(
                    own.Length == 0 ? $"{project} was built, and no C# of it was compiled. Name a C# project." : $"{project} is built for several frameworks. Choose one with --property TargetFramework=net10.0.");
            }

            string output = Path.GetDirectoryName(root.Output)!;
            return [root, .. all.Where(one => one != root && ProjectCode.IsSameModule(one.Compiled, Path.Combine(output, Path.GetFileName(one.Compiled))))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Builds what has changed.</summary>
    /// <param name="outdated">
    /// Projects that are compiled whatever the times of their files say: MSBuild takes what was saved while the compiler ran, or was copied with its time, for compiled.
    /// </param>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <exception cref="BuildFailedException">It does not compile.</exception>
    public Task BuildAsync(IReadOnlyList<BuiltProject> outdated, CancellationToken cancellationToken)
        => BuildAsync(["--no-restore"], outdated, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task BuildAsync(string[] more, IReadOnlyList<BuiltProject> outdated, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", ["build", project, "-nologo", "-verbosity:quiet", "-consoleLoggerParameters:NoSummary", "-tl:off", .. options, .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(project)!,
        };
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (BuiltProject project in outdated)
                File.Delete(project.Compiled);
            using Process build = Process.Start(start)!;
            try
            {
                Task<string> error = build.StandardError.ReadToEndAsync(cancellationToken);
                string output = await build.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
                await build.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
                if (build.ExitCode != 0)
                    throw new BuildFailedException(Problems(output + await error.ConfigureAwait(false)));
            }
            catch (OperationCanceledException)
            {
                build.Kill(entireProcessTree: true);
                throw;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    // As the build has them, each once: those of a project are told again for those that refer to it.
    private static string[] Problems(string output)
    {
        string[] lines = [.. output.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0).Distinct()];
        string[] errors = [.. lines.Where(static line => line.Contains("error", StringComparison.Ordinal))];
        return errors.Length > 0 ? errors : lines;
    }
}
