using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Emit;
using Runhouse.Protocol.Control;

namespace Runhouse.Cli.Watching;

/// <summary>The code of all projects of a deployment, as it runs in its workers.</summary>
internal sealed class WatchedCode
{
    private readonly IReadOnlyDictionary<BuiltProject, HotReload> _projects;

    private WatchedCode(IReadOnlyDictionary<BuiltProject, HotReload> projects) => _projects = projects;

    /// <summary>Begins at a build.</summary>
    /// <param name="projects">What it has compiled.</param>
    /// <returns>The code; null when files were saved since they were compiled, so that another build has to come first.</returns>
    public static WatchedCode? Begin(IReadOnlyList<BuiltProject> projects)
    {
        var all = new Dictionary<BuiltProject, HotReload>();
        foreach (BuiltProject project in projects)
        {
            var code = ProjectCode.Read(project);
            if (!code.IsCodeOf(project.Compiled))
                return null;
            all.Add(project, HotReload.Begin(code, project.Compiled));
        }

        return new WatchedCode(all);
    }

    /// <summary>The projects that were compiled from other code than this.</summary>
    public IReadOnlyList<BuiltProject> Outdated() => [.. _projects.Where(static one => !one.Value.Code.IsCodeOf(one.Key.Compiled)).Select(static one => one.Key)];

    /// <summary>Whether a file is one of the projects' own.</summary>
    /// <param name="path">The file.</param>
    public bool Has(string path) => _projects.Values.Any(one => one.Code.Files.ContainsKey(path));

    /// <summary>Whether a build reads a file beside the code.</summary>
    /// <param name="path">The file.</param>
    public bool IsOtherInput(string path) => _projects.Values.Any(one => one.Code.OtherInputs.Contains(path));

    /// <summary>Runs all of the way once with nothing to change, so that the first edit finds it compiled.</summary>
    public void WarmUp()
    {
        foreach (HotReload project in _projects.Values)
        {
            ProjectCode code = project.Code;
            if (code.Files.Values.FirstOrDefault() is not { } tree)
                continue;
            ProjectCode same = code.With([tree.FilePath]);
            _ = BodyEdits.Find(code, same, out _);
            _ = same.Whole.GetSemanticModel(same.Files[tree.FilePath]).GetDiagnostics();
            IMethodSymbol? method = code.Whole.GetSymbolsWithName(static _ => true, SymbolFilter.Member).OfType<IMethodSymbol>()
                .FirstOrDefault(static one => one is { MethodKind: MethodKind.Ordinary, IsAbstract: false, IsExtern: false, IsImplicitlyDeclared: false } && one.ContainingType.TypeKind == TypeKind.Class);
            if (method is not null)
                _ = project.Emit(code, [new SemanticEdit(SemanticEditKind.Update, method, method)], out _, CancellationToken.None);
        }
    }

    /// <summary>Finds out what to change for files that were saved.</summary>
    /// <param name="paths">The files, which are the projects' own.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BuildFailedException">They do not compile.</exception>
    public CodeChange Change(IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        var next = new Dictionary<BuiltProject, HotReload>(_projects);
        var patches = new List<CodePatch>();
        var methods = new List<string>();
        var errors = new List<string>();
        string? reason = null;
        int changed = 0;
        foreach ((BuiltProject project, HotReload current) in _projects)
        {
            string[] own = [.. paths.Where(current.Code.Files.ContainsKey)];
            if (own.Length == 0)
                continue;
            changed++;
            ProjectCode code = current.Code.With(own);
            errors.AddRange(ErrorsOf(code, own, cancellationToken));
            IReadOnlyList<SemanticEdit> edits = BodyEdits.Find(current.Code, code, out string? more);
            if (more is null && edits.Count > 0 && code.Whole.Options.OptimizationLevel == OptimizationLevel.Release)
                more = $"{Path.GetFileNameWithoutExtension(project.Path)} is built for release, which cannot be changed while it runs";
            reason ??= more;
            if (reason is not null || errors.Count > 0)
                continue;
            (CodePatch? patch, HotReload then) = current.Emit(code, edits, out reason, cancellationToken);
            if (reason is not null)
                continue;
            next[project] = then;
            if (patch is not null)
                patches.Add(patch);
            methods.AddRange(edits.Select(static one => one.NewSymbol!.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)));
        }

        // One project was compiled against the others as they run: where they change in more than bodies, only a build knows whether it is right.
        if (errors.Count > 0 && (reason is null || changed == 1))
            throw new BuildFailedException([.. errors.Distinct()]);
        return reason is null ? new CodeChange(new WatchedCode(next), patches, methods, Reason: null) : new CodeChange(this, [], [], reason);
    }

    private static IEnumerable<string> ErrorsOf(ProjectCode code, string[] paths, CancellationToken cancellationToken)
        => paths.SelectMany(path => code.Whole.GetSemanticModel(code.Files[path]).GetDiagnostics(cancellationToken: cancellationToken))
            .Concat(code.GeneratorErrors).Where(static one => one.Severity == DiagnosticSeverity.Error).Select(static one => one.ToString());
}
