using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Runhouse.Runtime.Deployment;

/// <summary>
/// Finds the native libraries that an application calls and that its deployment lacks. That a package has a file for other platforms only says
/// little, as many carry helpers that one system needs: what its assemblies import says it.
/// </summary>
internal static class NativeImports
{
    /// <summary>What to say of a deployment, a line for each library; nothing when the host has everything.</summary>
    /// <param name="closure">The application's files.</param>
    /// <param name="rid">The runtime identifier of the host.</param>
    public static IReadOnlyList<string> Warnings(ApplicationClosure closure, string rid)
    {
        if (closure.NativesElsewhere.Count == 0)
            return [];
        HashSet<string> carried = [.. closure.Files.Select(static file => NativeLibraryName.Of(file.Path))];
        ILookup<string, DepsAsset> lacking = closure.NativesElsewhere.ToLookup(static asset => NativeLibraryName.Of(asset.Path), StringComparer.Ordinal);
        var warnings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ApplicationFile file in closure.Files.Where(static file => file.Path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)))
        {
            foreach (string library in ImportsOf(file.Source))
            {
                string name = NativeLibraryName.Of(library);
                if (lacking.Contains(name) && !carried.Contains(name))
                    warnings.TryAdd(name, Describe(file, library, [.. lacking[name]], rid));
            }
        }

        return [.. warnings.Values];
    }

    private static string Describe(ApplicationFile assembly, string library, DepsAsset[] elsewhere, string rid)
    {
        string calls = $"{assembly.Path} calls the native library {library}, which the deployment lacks";
        string remedy = $"<RunhouseTargetRids>{RuntimeIdentifiers.Portable(rid)}</RunhouseTargetRids>";
        if (elsewhere.FirstOrDefault(asset => asset.PlatformOfPackage is { } platform && RuntimeIdentifiers.Fits(platform, rid)) is { } absent)
            return $"{calls}: {absent.Path} of {absent.Library} is not in the output. Add {remedy} to the project and build it again.";
        string platforms = string.Join(", ", elsewhere.Select(static asset => asset.PlatformOfPackage).Distinct().Order(StringComparer.Ordinal));
        return $"{calls}: {elsewhere[0].Library} has it for {platforms}, and for the host's {rid} there is none. "
            + $"Refer to the package that has it, with {remedy} in the project, or install the library on the host.";
    }

    private static List<string> ImportsOf(string assembly)
    {
        var imports = new List<string>();
        try
        {
            using var file = new PEReader(File.OpenRead(assembly));
            if (!file.HasMetadata)
                return imports;
            MetadataReader metadata = file.GetMetadataReader();
            for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.ModuleRef); row++)
                imports.Add(metadata.GetString(metadata.GetModuleReference(MetadataTokens.ModuleReferenceHandle(row)).Name));
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            // No assembly: it imports nothing of ours. What cannot be read is reported by the upload.
        }

        return imports;
    }
}
