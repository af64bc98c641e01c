using System.Text.Json.Nodes;

namespace Runhouse.Providers.Kubernetes;

/// <summary>A document in YAML.</summary>
/// <param name="Root">What it has.</param>
/// <param name="Lines">The line of each field, by its path: <c>spec.containers[0].name</c>.</param>
internal sealed record YamlDocument(JsonObject Root, IReadOnlyDictionary<string, long> Lines)
{
    /// <summary>The line of a field, or of the nearest one that it is in.</summary>
    /// <param name="path">The field's path.</param>
    public long LineOf(string path)
    {
        while (path.Length > 0)
        {
            if (Lines.TryGetValue(path, out long line))
                return line;
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }

        return 1;
    }
}
