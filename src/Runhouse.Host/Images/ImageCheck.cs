using System.Text.RegularExpressions;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Images;

/// <summary>Refuses images with steps that say nothing, or that would write where a step must not. Nothing has been done by then.</summary>
internal static partial class ImageCheck
{
    private const int MaxSteps = 1000;
    private const int MaxNameLength = 200;

    /// <exception cref="HostRefusal">Names the step and what is wrong with it.</exception>
    public static void Check(ImageManifest image, HostSettings settings)
    {
        if (image.Name is not { Length: > 0 and <= MaxNameLength } || image.Name.Any(char.IsControl))
            throw HostRefusal.Invalid($"An image's name has 1 to {MaxNameLength} characters and no control characters.");
        if (image.Steps is not { Count: <= MaxSteps })
            throw HostRefusal.Invalid($"An image has at most {MaxSteps} steps.");

        int number = 0;
        foreach (ImageStep? step in image.Steps)
        {
            number++;
            try
            {
                Check(step, settings);
            }
            catch (HostRefusal refusal)
            {
                throw HostRefusal.Invalid($"Step {number} of the image: {refusal.Message}");
            }
        }
    }

    private static void Check(ImageStep? step, HostSettings settings)
    {
        switch (step)
        {
            case AptStep { Packages: { Count: > 0 } packages } when packages.All(static package => package is not null && Package().IsMatch(package)):
            case RunStep { Command: { Length: > 0 } command } when !command.Contains('\0', StringComparison.Ordinal):
            case ToolStep { Package: { } package, Version: var version } when Tool().IsMatch(package) && (version is null || Tool().IsMatch(version)):
                break;
            case VariablesStep { Variables: { } variables }:
                foreach (ImageVariable? variable in variables)
                    VariableCheck.Check(variable?.Name, variable?.Value);
                break;
            case SecretStep { Name: { Length: > 0 }, Variables: { } variables, Files: { } files }:
                foreach ((string name, string value) in variables)
                    VariableCheck.Check(name, value);
                foreach (SecretContent? file in files)
                {
                    if (file is not { Target.Length: > 0, Content: not null })
                        throw HostRefusal.Invalid("A file of a secret has no target or no content.");
                    HostPaths.ResolveTarget(file.Target, HostPaths.Home);
                }

                break;
            case CopyStep { Target: { } target, Files: { } files }:
                HostPaths.ResolveTarget(target, HostPaths.Home);
                ManifestCheck.CheckFiles(files, settings);
                break;
            case FolderStep { Path: { Length: > 0 } path }:
                HostPaths.ResolveTarget(path, HostPaths.Home);
                break;
            default:
                throw HostRefusal.Invalid(step is null ? "it is missing." : $"'{step.Text}' is incomplete, or has a name that is none.");
        }
    }

    // What Debian's policy allows, an architecture and a version; nothing that a shell or apt-get would take for more than a name.
    [GeneratedRegex(@"^[a-z0-9][a-z0-9+.\-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~\-]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Package();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._+\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Tool();
}
