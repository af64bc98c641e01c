using System.Text.Json.Serialization;

namespace Runhouse.Protocol.Control;

/// <summary>A step of an image.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AptStep), "apt")]
[JsonDerivedType(typeof(RunStep), "run")]
[JsonDerivedType(typeof(CopyStep), "copy")]
[JsonDerivedType(typeof(ToolStep), "tool")]
[JsonDerivedType(typeof(VariablesStep), "variables")]
[JsonDerivedType(typeof(SecretStep), "secret")]
[JsonDerivedType(typeof(FolderStep), "folder")]
public abstract record ImageStep
{
    /// <summary>The step as people read it, in the words of a Dockerfile. Nothing of a secret's value.</summary>
    [JsonIgnore]
    public abstract string Text { get; }

    /// <summary>Adds what the step says, its kind first.</summary>
    internal abstract void AddTo(StepHash hash);
}

/// <summary>Install packages of the system.</summary>
/// <param name="Packages">Their names, <c>git</c> or <c>git=1:2.39.5-0+deb12u2</c>.</param>
public sealed record AptStep(IReadOnlyList<string> Packages) : ImageStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => "APT " + string.Join(' ', Packages);

    internal override void AddTo(StepHash hash)
    {
        hash.Add("apt");
        hash.Add(Packages);
    }
}

/// <summary>Run a command.</summary>
/// <param name="Command">What <c>/bin/sh -c</c> takes.</param>
public sealed record RunStep(string Command) : ImageStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => "RUN " + Command;

    internal override void AddTo(StepHash hash)
    {
        hash.Add("run");
        hash.Add(Command);
    }
}

/// <summary>Copy files of the caller.</summary>
/// <param name="Target">The folder on the host: absolute, <c>~</c> or below it, or relative to the folder that steps run in.</param>
/// <param name="Files">The files, by their paths below it.</param>
public sealed record CopyStep(string Target, IReadOnlyList<DeployedFile> Files) : ImageStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => Files is [var only]
        ? $"COPY {Path.GetFileName(only.Path)} {(Target.Length == 0 ? only.Path : Target.TrimEnd('/') + "/" + only.Path)}"
        : $"COPY {Files.Count} files to {(Target.Length == 0 ? "." : Target)}";

    internal override void AddTo(StepHash hash)
    {
        hash.Add("copy");
        hash.Add(Target);
        hash.Add([.. Files.OrderBy(static file => file.Path, StringComparer.Ordinal).SelectMany(static file => (string[])[file.Path, file.Hash, file.IsExecutable ? "x" : "-"])]);
    }
}

/// <summary>Install a .NET tool for the user of the host.</summary>
/// <param name="Package">The package's id.</param>
/// <param name="Version">The version; null for the newest.</param>
public sealed record ToolStep(string Package, string? Version) : ImageStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => Version is null ? $"DOTNET TOOL {Package}" : $"DOTNET TOOL {Package} {Version}";

    internal override void AddTo(StepHash hash)
    {
        hash.Add("tool");
        hash.Add(Package);
        hash.Add(Version);
    }
}

/// <summary>Set environment variables, for the steps that follow and for workers.</summary>
/// <param name="Variables">The variables. All of a step see the values from before it.</param>
public sealed record VariablesStep(IReadOnlyList<ImageVariable> Variables) : ImageStep
{
    /// <summary>Whether they are set for steps only, as a Dockerfile's <c>ARG</c> is.</summary>
    public bool ForStepsOnly { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => (ForStepsOnly ? "ARG " : "ENV ") + string.Join(' ', Variables.Select(static variable => variable.Name));

    internal override void AddTo(StepHash hash)
    {
        hash.Add(ForStepsOnly ? "argument" : "variable");
        hash.Add([.. Variables.SelectMany(static variable => (string[])[variable.Name, variable.Value])]);
    }
}

/// <summary>An environment variable of an image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, as a <see cref="VariableTemplate"/>.</param>
public sealed record ImageVariable(string Name, string Value);

/// <summary>Deliver a secret, for the steps that follow and for workers. It is delivered each time, and its values are in no hash.</summary>
/// <param name="Name">The secret's name.</param>
/// <param name="Variables">The environment variables, with their values as they are.</param>
/// <param name="Files">The files.</param>
public sealed record SecretStep(string Name, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<SecretContent> Files) : ImageStep
{
    /// <summary>Names of variables that are settings which come with the credentials, such as a region: what they hold is not hidden. Null for none.</summary>
    public IReadOnlyList<string>? Settings { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => "SECRET " + Name;

    internal override void AddTo(StepHash hash)
    {
        hash.Add("secret");
        hash.Add(Name);
        hash.Add([.. Variables.Keys.Order(StringComparer.Ordinal)]);
        hash.Add([.. Files.Select(static file => file.Target).Order(StringComparer.Ordinal)]);
    }
}

/// <summary>A file of a secret.</summary>
/// <param name="Target">Where it goes on the host: absolute, <c>~/...</c>, or relative to the home of the host's user.</param>
/// <param name="Content">Its content.</param>
public sealed record SecretContent(string Target, byte[] Content)
{
    /// <inheritdoc/>
    public override string ToString() => Target;
}

/// <summary>The folder that the steps that follow run in; made if there is none.</summary>
/// <param name="Path">Absolute, <c>~</c> or below it, or relative to the one before.</param>
public sealed record FolderStep(string Path) : ImageStep
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Text => "WORKDIR " + Path;

    internal override void AddTo(StepHash hash)
    {
        hash.Add("folder");
        hash.Add(Path);
    }
}
