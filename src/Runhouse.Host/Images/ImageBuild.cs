using Runhouse.Host.Commands;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Images;

/// <summary>One image on its way onto this machine: what its steps have set so far.</summary>
/// <param name="image">The image.</param>
/// <param name="files">The content that is copied.</param>
/// <param name="secrets">Where files of secrets are kept.</param>
/// <param name="folders">The host's own folders, which no step writes to.</param>
internal sealed class ImageBuild(ImageManifest image, FileStore files, SecretFiles secrets, HostFolders folders)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Dictionary<string, string> _arguments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private string _folder = HostPaths.Home;

    /// <summary>What workers get.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    /// <summary>Hides the secrets of the image, also of steps that are still to come; null when there are none.</summary>
    public Redactor? Redactor { get; } = Redactor.Create(image.Steps.OfType<SecretStep>().SelectMany(TextsOf));

    /// <summary>Whether a step changes the machine, so that it is carried out once; the others hold for this image and are set each time.</summary>
    public static bool ChangesMachine(ImageStep step) => step is AptStep or RunStep or CopyStep or ToolStep;

    /// <summary>The files of secrets that the image has, in full.</summary>
    public static HashSet<string> SecretPaths(ImageManifest image) =>
        [.. image.Steps.OfType<SecretStep>().SelectMany(static step => step.Files).Select(static file => HostPaths.ResolveTarget(file.Target, HostPaths.Home))];

    /// <summary>Sets what a step sets, also when it was carried out before.</summary>
    public StepFailure? Set(ImageStep step)
    {
        try
        {
            switch (step)
            {
                case VariablesStep variables:
                    Set(variables);
                    break;
                case SecretStep secret:
                    foreach ((string name, string value) in secret.Variables)
                        _variables[name] = value;
                    foreach (SecretContent file in secret.Files)
                        secrets.Deliver(image.Name, OutsideOfHost(HostPaths.ResolveTarget(file.Target, HostPaths.Home)), file.Content);
                    break;
                case FolderStep folder:
                    _folder = HostPaths.ResolveTarget(folder.Path, _folder);
                    Directory.CreateDirectory(_folder);
                    break;
                case ToolStep:
                    AddToPath(Path.Combine(HostPaths.Home, ".dotnet", "tools"));
                    break;
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or HostRefusal)
        {
            return new StepFailure(null, exception.Message);
        }
    }

    /// <summary>Carries a step out.</summary>
    public async Task<StepFailure?> RunAsync(ImageStep step, CommandOutput output, CancellationToken cancellationToken)
    {
        string? command = step switch
        {
            RunStep run => run.Command,
            AptStep apt => StepScripts.Of(apt),
            ToolStep tool => StepScripts.Of(tool),
            _ => null,
        };
        if (command is not null)
            return await RunAsync(command, output, cancellationToken).ConfigureAwait(false);

        try
        {
            if (step is CopyStep copy)
                await CopyAsync(copy, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or HostRefusal)
        {
            return new StepFailure(null, $"{exception.Message} Make room for it, or choose another target.");
        }
    }

    private async Task<StepFailure?> RunAsync(string command, CommandOutput output, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(_arguments, StringComparer.Ordinal);
        foreach ((string name, string value) in _variables)
            variables[name] = value;
        var shell = new ShellCommand(command) { Variables = variables, WorkingDirectory = _folder, Redactor = Redactor };
        try
        {
            ProcessExit exit = await shell.RunAsync(output, cancellationToken).ConfigureAwait(false);
            return exit.ExitCode == 0 ? null : new StepFailure(exit, null);
        }
        catch (CommandNotStartedException exception)
        {
            return new StepFailure(null, exception.Message);
        }
    }

    private static IEnumerable<string> TextsOf(SecretStep secret) =>
        secret.Variables.Where(variable => secret.Settings?.Contains(variable.Key) != true).SelectMany(static variable => SecretTexts.OfValue(variable.Value))
            .Concat(secret.Files.SelectMany(static file => SecretTexts.OfFile(System.Text.Encoding.UTF8.GetString(file.Content))));

    private void Set(VariablesStep step)
    {
        // All before any: those of one step see what was before it.
        (string Name, string Value)[] values = [.. step.Variables.Select(variable => (variable.Name, VariableTemplate.Expand(variable.Value, Find)))];
        foreach ((string name, string value) in values)
        {
            VariableCheck.Check(name, value);
            (step.ForStepsOnly ? _arguments : _variables)[name] = value;
        }
    }

    private string? Find(string name) => _variables.GetValueOrDefault(name) ?? _arguments.GetValueOrDefault(name)
        ?? (name == "HOME" ? HostPaths.Home : Environment.GetEnvironmentVariable(name));

    private void AddToPath(string folder)
    {
        string path = Find("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        if (!path.Split(':').Contains(folder))
            _variables["PATH"] = $"{folder}:{path}";
    }

    private async Task CopyAsync(CopyStep step, CancellationToken cancellationToken)
    {
        string folder = HostPaths.ResolveTarget(step.Target, _folder);
        foreach (DeployedFile file in step.Files)
        {
            string target = OutsideOfHost(Path.Combine(folder, file.Path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

            // Beside its place and then into it: whoever reads it meanwhile reads the old one.
            string draft = $"{target}.{Path.GetRandomFileName()}.tmp";
            try
            {
                await WriteAsync(files.PathOf(file.Hash), draft, file.IsExecutable ? Executable : Readable, cancellationToken).ConfigureAwait(false);
                File.Move(draft, target, overwrite: true);
            }
            finally
            {
                File.Delete(draft);
            }
        }
    }

    // A new file, so that the user's mask holds for it as for any.
    private static async Task WriteAsync(string source, string target, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        FileStream from = File.OpenRead(source);
        await using (from.ConfigureAwait(false))
        {
            FileStream to = new(target, options);
            await using (to.ConfigureAwait(false))
                await from.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
        }
    }

    private string OutsideOfHost(string path) => path == folders.Home || path.StartsWith(folders.Home + "/", StringComparison.Ordinal)
        ? throw HostRefusal.Invalid($"{path} belongs to the host itself.")
        : path;
}
