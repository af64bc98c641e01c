using Runhouse.Protocol.Control;
using Runhouse.Runtime.Images;
using Runhouse.Runtime.Images.Dockerfiles;

namespace Runhouse;

/// <summary>
/// The ordered steps that prepare a host before workers start on it. Each method returns a longer image and leaves this one as it is. A host carries a step out
/// once; when a step changes, so do all behind it, and the host runs them again from there.
/// </summary>
/// <remarks>
/// Steps change the machine itself, as its user: relative paths start from that user's home. They run in <c>/bin/sh</c>, with the variables of the steps before
/// them. Variables and secrets reach every worker that starts for the image, and no other.
/// </remarks>
public sealed class Image
{
    private static readonly Image Machine = new(null, []);

    private readonly IReadOnlyList<ImagePart> _parts;

    private Image(string? reference, IReadOnlyList<ImagePart> parts) => (Reference, _parts) = (reference, parts);

    internal string? Reference { get; }

    internal IReadOnlyList<ImagePart> Parts => _parts;

    /// <summary>The machine as it is.</summary>
    public static Image Base() => Machine;

    /// <summary>A container image to start from, on providers that start containers; other hosts keep the system that they have.</summary>
    /// <param name="reference">The container image, such as <c>debian:12</c>.</param>
    public static Image Base(string reference)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reference);
        return new Image(reference, []);
    }

    /// <summary>
    /// The steps of a Dockerfile of one stage: FROM, RUN, ENV, COPY, WORKDIR and ARG. It is read now, the files that it copies when the image is applied; they
    /// come from its folder, without what <c>.dockerignore</c> names. Relative targets start from the home of the host's user instead of <c>/</c>.
    /// </summary>
    /// <param name="path">The Dockerfile.</param>
    /// <param name="arguments">Values for its ARGs, by their names.</param>
    /// <exception cref="DockerfileException">Anything else is in it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Image FromDockerfile(string path, IReadOnlyDictionary<string, string>? arguments = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (string reference, IReadOnlyList<ImagePart> parts) = DockerfileParser.Parse(path, File.ReadAllText(path), arguments ?? new Dictionary<string, string>());
        return new Image(reference, parts);
    }

    /// <summary>Installs packages with <c>apt-get</c>, those that are missing; without root by <c>sudo</c>, if that asks for no password.</summary>
    /// <param name="packages">Their names, with a version as <c>name=version</c> if it matters.</param>
    public Image Apt(params string[] packages)
    {
        ArgumentNullException.ThrowIfNull(packages);
        if (packages.Length == 0 || packages.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("Name at least one package, and none that is empty.", nameof(packages));
        return With(new StepPart(new AptStep([.. packages])));
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">What <c>/bin/sh -c</c> takes. Secrets reach it as variables: what stands here can be read by every user of the machine.</param>
    public Image Run(string command)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(command);
        return With(new StepPart(new RunStep(command)));
    }

    /// <summary>Copies a file, or what is in a folder. Files that are no longer there are not removed from the host.</summary>
    /// <param name="source">The file or folder on this machine; read when the image is applied.</param>
    /// <param name="target">
    /// Where it goes on the host: absolute, <c>~/...</c>, or relative to <see cref="WorkingDirectory"/>, which is the home of the host's user at first; without
    /// <c>..</c>. A file goes under this name, or into this folder when it ends with a slash.
    /// </param>
    public Image Copy(string source, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (target.Split('/').Contains(".."))
            throw new ArgumentException($"The target {target} leaves its folder by '..'. Write the path in full.", nameof(target));
        return With(new CopyPart(new CopySources(Environment.CurrentDirectory, [source], $"Image.Copy(\"{source}\", \"{target}\")"), target));
    }

    /// <summary>Sets an environment variable.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, taken as it is: nothing in it is expanded. Not for secrets, see <see cref="Secret(Runhouse.Secret)"/>.</param>
    public Image Env(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return Env([(name, value)]);
    }

    /// <summary>Sets environment variables.</summary>
    /// <param name="variables">Their values by their names, taken as they are. Not for secrets, see <see cref="Secret(Runhouse.Secret)"/>.</param>
    public Image Env(IReadOnlyDictionary<string, string> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return Env([.. variables.OrderBy(static variable => variable.Key, StringComparer.Ordinal).Select(static variable => (variable.Key, variable.Value))]);
    }

    /// <summary>Sets the environment variables of a file, a <c>NAME=value</c> a line. It is read now. Not for secrets: its values are shown as any variable's.</summary>
    /// <param name="path">The file on this machine.</param>
    /// <exception cref="FormatException">A line is not understood; the message names it.</exception>
    public Image EnvFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Env(EnvFileReader.Read(path));
    }

    /// <summary>Delivers a secret: its variables to the steps that follow and to workers, its files to the host.</summary>
    /// <param name="secret">The secret.</param>
    public Image Secret(Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return With(new SecretPart(secret.Name, secret));
    }

    /// <summary>Delivers a secret that was saved, as it is when the image is applied.</summary>
    /// <param name="name">Its name.</param>
    public Image Secret(string name) => With(new SecretPart(Runhouse.Secret.CheckName(name), null));

    /// <summary>Installs a .NET tool for the user of the host, whose tools are on the <c>PATH</c> from here on. The host needs the .NET SDK.</summary>
    /// <param name="package">The tool's package.</param>
    /// <param name="version">The version; null for the newest, once.</param>
    public Image DotnetTool(string package, string? version = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(package);
        return With(new StepPart(new ToolStep(package, version)));
    }

    /// <summary>Sets the folder that the steps that follow run in, and makes it if there is none.</summary>
    /// <param name="path">The folder on the host: absolute, <c>~/...</c>, or relative to the one before; without <c>..</c>.</param>
    public Image WorkingDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return With(new StepPart(new FolderStep(path)));
    }

    /// <summary>The steps, one a line, in the words of a Dockerfile. Of secrets only the names.</summary>
    public override string ToString() => string.Join('\n', _parts.Select(TextOf).Prepend($"FROM {Reference ?? "the machine as it is"}"));

    private static string TextOf(ImagePart part) => part switch
    {
        StepPart step => step.Step.Text,
        CopyPart copy => $"COPY {string.Join(' ', copy.Sources.Paths)} {copy.Target}",
        SecretPart secret => $"SECRET {secret.Name}",
        _ => "",
    };

    private Image Env(IReadOnlyList<(string Name, string Value)> variables) => variables.Count == 0
        ? this
        : With(new StepPart(new VariablesStep([.. variables.Select(static variable => new ImageVariable(variable.Name, VariableTemplate.Literal(variable.Value)))])));

    private Image With(ImagePart part) => new(Reference, [.. _parts, part]);
}
