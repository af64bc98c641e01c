using System.Text.Json;

namespace Runhouse.Runtime.Deployment;

/// <summary>Reads <c>deps.json</c>: which files make up an application, for one platform.</summary>
internal static class DepsFile
{
    /// <summary>The files of the application, without those of the framework.</summary>
    /// <param name="json">The content of the file.</param>
    /// <param name="rids">The platforms whose files fit, best first.</param>
    public static DepsSelection Read(ReadOnlyMemory<byte> json, IReadOnlyList<string> rids)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        JsonElement target = root.GetProperty("targets").GetProperty(root.GetProperty("runtimeTarget").GetProperty("name").GetString()!);
        JsonElement libraries = root.GetProperty("libraries");
        var assets = new List<DepsAsset>();
        var elsewhere = new List<DepsAsset>();
        foreach (JsonProperty library in target.EnumerateObject())
        {
            JsonElement description = libraries.GetProperty(library.Name);

            // A self-contained application lists the framework as a pack of its own; the worker brings its own framework.
            if (description.GetProperty("type").GetString() == "runtimepack")
                continue;
            string? path = description.TryGetProperty("path", out JsonElement folder) ? folder.GetString() : null;
            ReadForAll(library, path, assets);
            ReadForOne(library, path, rids, assets, elsewhere);
        }

        return new DepsSelection(assets, elsewhere);
    }

    private static void ReadForAll(JsonProperty library, string? libraryPath, List<DepsAsset> assets)
    {
        foreach (string kind in (ReadOnlySpan<string>)["runtime", "native"])
        {
            foreach (JsonProperty asset in Members(library.Value, kind))
            {
                if (!IsPlaceholder(asset.Name))
                    assets.Add(new DepsAsset(library.Name, libraryPath, asset.Name, LocalPath(asset) ?? FileName(asset.Name), Rid: null) { IsNative = kind == "native" });
            }
        }

        foreach (JsonProperty asset in Members(library.Value, "resources"))
        {
            string output = $"{asset.Value.GetProperty("locale").GetString()}/{FileName(asset.Name)}";
            assets.Add(new DepsAsset(library.Name, libraryPath, asset.Name, LocalPath(asset) ?? output, Rid: null));
        }
    }

    private static void ReadForOne(JsonProperty library, string? libraryPath, IReadOnlyList<string> rids, List<DepsAsset> assets, List<DepsAsset> elsewhere)
    {
        // The .NET host takes the best platform of each library and kind as a whole, not file by file.
        IEnumerable<IGrouping<string?, JsonProperty>> kinds = Members(library.Value, "runtimeTargets")
            .GroupBy(static asset => asset.Value.GetProperty("assetType").GetString());
        foreach (IGrouping<string?, JsonProperty> assetsOfKind in kinds)
        {
            ILookup<string?, JsonProperty> byRid = assetsOfKind.ToLookup(static asset => asset.Value.GetProperty("rid").GetString());
            string? best = rids.FirstOrDefault(byRid.Contains);
            bool isNative = assetsOfKind.Key == "native";
            foreach (JsonProperty asset in assetsOfKind)
            {
                string? rid = asset.Value.GetProperty("rid").GetString();
                if (IsPlaceholder(asset.Name) || (rid != best && !isNative))
                    continue;
                (rid == best ? assets : elsewhere).Add(
                    new DepsAsset(library.Name, libraryPath, asset.Name, LocalPath(asset) ?? asset.Name, rid) { IsNative = isNative });
            }
        }
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement library, string kind)
        => library.TryGetProperty(kind, out JsonElement assets) ? assets.EnumerateObject() : default;

    private static string? LocalPath(JsonProperty asset)
        => asset.Value.TryGetProperty("localPath", out JsonElement path) ? path.GetString()?.Replace('\\', '/') : null;

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    // NuGet's mark for "nothing for this framework".
    private static bool IsPlaceholder(string path) => FileName(path) == "_._";
}
