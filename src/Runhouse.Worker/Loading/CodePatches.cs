using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Loader;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Loading;

/// <summary>
/// Changes the bodies of methods of the loaded application. Calls that run go on in the old ones; objects and all other state stay. Each assembly's patches build on
/// each other from the build that is loaded, so that one out of turn, or of another build, is refused.
/// </summary>
/// <param name="context">Where the application's assemblies are.</param>
internal sealed class CodePatches(AssemblyLoadContext context)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _applied = new(StringComparer.Ordinal);

    /// <summary>Applies a patch; the result is why it cannot be, or null.</summary>
    public string? Apply(CodePatch patch)
    {
        lock (_gate)
        {
            int applied = _applied.GetValueOrDefault(patch.Assembly);
            try
            {
                // It may not have been needed so far; what is loaded later has to be what the patches are for.
                Assembly assembly = context.LoadFromAssemblyName(new AssemblyName(patch.Assembly));
                if (assembly.ManifestModule.ModuleVersionId != patch.ModuleVersionId)
                    return $"it was started with another build of {patch.Assembly}";
                if (patch.Number != applied + 1)
                    return $"its {patch.Assembly} has {applied} patches by somebody else, on which the next one does not build";
                MetadataUpdater.ApplyUpdate(
                    assembly, Convert.FromBase64String(patch.Metadata), Convert.FromBase64String(patch.IntermediateLanguage), Convert.FromBase64String(patch.Symbols));
            }
            catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or ArgumentException or IOException or BadImageFormatException or FormatException)
            {
                // Built for release, started with other settings, or a kind of change that the runtime does not take.
                return exception.Message;
            }

            _applied[patch.Assembly] = applied + 1;
            return null;
        }
    }
}
