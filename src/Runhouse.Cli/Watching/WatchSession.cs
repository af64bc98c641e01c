using System.Diagnostics;
using Runhouse.Protocol.Control;

namespace Runhouse.Cli.Watching;

/// <summary>
/// Keeps a cluster at what is saved: new bodies of methods go into the worker that runs, everything else is built and deployed. Behind each change of bodies the project
/// is built as well, and the worker counts as one of that build, so that the next run of the program finds it.
/// </summary>
/// <param name="build">Builds the project.</param>
/// <param name="cluster">Where it is deployed.</param>
/// <param name="application">The application's id; null for what the configuration says, or its name.</param>
/// <param name="program">What is run after each redeploy; null for nothing.</param>
/// <param name="output">Takes the lines that remote code writes.</param>
/// <param name="note">Is told what is waited for until the first deployment is there.</param>
/// <param name="report">Is told what goes on.</param>
internal sealed class WatchSession(
    ProjectBuild build, Cluster cluster, string? application, WatchedProgram? program, TextWriter output, Action<string> note, Action<WatchEvent> report) : IAsyncDisposable
{
    private readonly SourceChanges _changes = new();
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);

    // The worker is either patched or adopted: what it counts as is what it runs.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private IReadOnlyList<BuiltProject> _projects = [];
    private WatchedCode? _code;
    private WatchedCode? _adopted;
    private LiveDeployment? _live;
    private Task _adopting = Task.CompletedTask;

    /// <summary>Watches until it is stopped.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await RedeployAsync("it begins", isNewProject: true, Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        while (true)
        {
            IReadOnlySet<string> saved = await _changes.NextAsync(cancellationToken).ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            string[] own = [.. saved.Where(path => _code?.Has(path) == true && File.Exists(path))];
            bool isNewProject = saved.Except(own).Any(IsOfTheProject);
            _pending.UnionWith(own);
            if (isNewProject)
                await RedeployAsync($"{Path.GetFileName(saved.Except(own).First(IsOfTheProject))} is new to the project, gone from it, or what it is made of", isNewProject, start, cancellationToken).ConfigureAwait(false);
            else if (own.Length > 0)
                await ChangeAsync(start, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _changes.Dispose();
        await _adopting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (program is not null)
            await program.DisposeAsync().ConfigureAwait(false);
        if (_live is { } live)
            await live.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private bool IsOfTheProject(string path) => Path.GetExtension(path) is ".cs" or ".csproj" or ".props" or ".targets" or ".resx"
        || _code?.IsOtherInput(path) == true || _projects.Any(one => one.Folder == path) || IsContent(path);

    // Content by the list that the build has made of it.
    private bool IsContent(string path)
    {
        string list = Path.Combine(Path.GetDirectoryName(_projects[0].Output)!, "runhouse.files.json");
        return File.Exists(list) && File.ReadAllText(list).Contains($"{Path.GetFileName(path)}\"", StringComparison.Ordinal);
    }

    private async Task ChangeAsync(long start, CancellationToken cancellationToken)
    {
        string? reason = "the build before it was not deployed";
        if (_code is { } code && _live is { } live)
        {
            try
            {
                CodeChange change = code.Change(_pending, cancellationToken);
                reason = change.Reason ?? await PatchAsync(live, change, cancellationToken).ConfigureAwait(false);
                if (reason is null)
                {
                    _pending.Clear();
                    report(change.Patches.Count > 0
                        ? new WatchEvent(WatchEventKind.Reloaded, Since(start), string.Join(", ", change.Methods), live.Id) { LeftBehind = live.LeftBehind }
                        : new WatchEvent(WatchEventKind.Unchanged, Since(start), "no body of a method is different", live.Id));
                    Adopt(start, cancellationToken);
                    return;
                }
            }
            catch (Exception e) when (e is BuildFailedException or IOException)
            {
                report(new WatchEvent(WatchEventKind.Failed, Since(start), e.Message, Deployment: null));
                return;
            }
        }

        await RedeployAsync(reason, isNewProject: false, start, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> PatchAsync(LiveDeployment live, CodeChange change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (CodePatch patch in change.Patches)
            {
                if (await live.PatchAsync(patch, cancellationToken).ConfigureAwait(false) is { } problem)
                    return $"the worker does not take it: {problem}";
            }

            _code = change.Code;
            return null;
        }
        catch (RemoteException e)
        {
            return e.Message;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RedeployAsync(string reason, bool isNewProject, long start, CancellationToken cancellationToken, bool isAgain = false)
    {
        try
        {
            if (_live is null)
                note($"building {build.Name} ...");
            await BuildAsync(isNewProject || _code is null, cancellationToken).ConfigureAwait(false);
            if (_live is null)
                note($"deploying to '{cluster.Name}', whose host is started if none runs ...");
            LiveDeployment next = await cluster.DeployAsync(_projects[0].Output, application, output, cancellationToken).ConfigureAwait(false);
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            LiveDeployment? former = _live;
            (_live, _code) = (next, null);
            _turn.Release();
            if (former is not null)
                await former.DisposeAsync().ConfigureAwait(false);
            _pending.Clear();
            bool isSame = former?.Id == next.Id;
            report(new WatchEvent(isSame ? WatchEventKind.Unchanged : WatchEventKind.Deployed, Since(start), reason, next.Id));
            if (program is not null && !isSame)
                await program.RestartAsync(_projects[0].Output).ConfigureAwait(false);

            // Behind the deployment, which need not wait for it.
            if (WatchedCode.Begin(_projects) is { } code)
            {
                code.WarmUp();
                (_code, _adopted) = (code, code);
            }
            else if (!isAgain)
            {
                // Saved while it was built, and perhaps before anybody looked; without code to change all is compiled anew.
                await RedeployAsync("it was saved while it was built", isNewProject, start, cancellationToken, isAgain: true).ConfigureAwait(false);
                return;
            }

            report(new WatchEvent(WatchEventKind.Watching, Since(start), string.Join(", ", _projects.Select(static one => Path.GetFileName(one.Path))) + (_code is null ? "; each save is a redeploy, as the symbols of the build do not tell its files" : ""), next.Id));
        }
        catch (Exception e) when (_projects.Count > 0 && (e is BuildFailedException or DeploymentException || (e is RemoteException && _live is not null)))
        {
            report(new WatchEvent(WatchEventKind.Failed, Since(start), e.Message, Deployment: null));
        }
    }

    private async Task BuildAsync(bool isNewProject, CancellationToken cancellationToken)
    {
        if (!isNewProject)
        {
            await build.BuildAsync([], cancellationToken).ConfigureAwait(false);
            return;
        }

        _projects = await build.InspectAsync(cancellationToken).ConfigureAwait(false);
        SdkCompiler.Use(_projects[0].CompilerFolder);
        _changes.Watch(_projects.Select(static one => one.Folder).OrderBy(static folder => folder.Length));
    }

    // Side by side with the next edits; those that come meanwhile are in the next build.
    private void Adopt(long start, CancellationToken cancellationToken)
    {
        if (!_adopting.IsCompleted)
        {
            _adopting = _adopting.ContinueWith(_ => AdoptAsync(start, cancellationToken), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
            return;
        }

        _adopting = AdoptAsync(start, cancellationToken);
    }

    private async Task AdoptAsync(long start, CancellationToken cancellationToken)
    {
        // Of several edits the last one's state is built, for all of them.
        WatchedCode? code = _code;
        if (code is null || code == _adopted)
            return;
        _adopted = code;
        try
        {
            await BuildBehindAsync(code, cancellationToken).ConfigureAwait(false);
            if (code == _code && code.Outdated() is { Count: > 0 } outdated)
                await build.BuildAsync(outdated, cancellationToken).ConfigureAwait(false);
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                // Of a later state of the code, or of an earlier deployment, it is not the build: then another one follows.
                if (code == _code && _live is { } live && code.Outdated().Count == 0 && await live.AdoptAsync(_projects[0].Output, cancellationToken).ConfigureAwait(false))
                    report(new WatchEvent(WatchEventKind.Adopted, Since(start), "the next run of the program is served by the worker as it is", live.Id));
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (BuildFailedException) when (code != _code)
        {
            // It met what was saved meanwhile. That has a build of its own.
        }
        catch (Exception e) when (e is BuildFailedException or RemoteException or IOException)
        {
            report(new WatchEvent(WatchEventKind.Failed, Since(start), $"The worker has the change, and the build fails:\n{e.Message}", Deployment: null));
        }
    }

    // The change has been compiled here: what fails beside the next edits may have met a file that was just being written.
    private async Task BuildBehindAsync(WatchedCode code, CancellationToken cancellationToken)
    {
        try
        {
            await build.BuildAsync([], cancellationToken).ConfigureAwait(false);
        }
        catch (BuildFailedException) when (code == _code)
        {
            await build.BuildAsync([], cancellationToken).ConfigureAwait(false);
        }
    }

    private static double Since(long start) => Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 1);
}
