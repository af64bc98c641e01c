using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Runhouse.Providers.Kubernetes;

/// <summary>Documents in YAML as the API takes them: objects of JSON, with all that they have, whatever version of the API knows it.</summary>
internal static class YamlNodes
{
    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789+-.eE");

    /// <summary>Reads all documents of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RunhouseConfigurationException">It is no YAML, or a document is no object.</exception>
    public static IReadOnlyList<YamlDocument> ReadFile(string path)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(path);
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new RunhouseConfigurationException($"{path} is no YAML: {e.Message} (line {e.Start.Line}). Correct it.");
        }

        return [.. stream.Documents.Where(static document => document.RootNode is not YamlScalarNode { Value: null or "" }).Select(document => Read(path, document.RootNode))];
    }

    private static YamlDocument Read(string path, YamlNode root)
    {
        if (ToNode(root) is not JsonObject read)
            throw new RunhouseConfigurationException($"{path} has a document that is no object (line {root.Start.Line}). Write one with apiVersion and kind.");
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        AddLines(root, "", lines);
        return new YamlDocument(read, lines);
    }

    private static void AddLines(YamlNode node, string path, Dictionary<string, long> lines)
    {
        if (node is YamlMappingNode mapping)
        {
            foreach ((YamlNode key, YamlNode value) in mapping.Children)
            {
                string field = $"{path}{(path.Length > 0 ? "." : "")}{key}";
                lines[field] = key.Start.Line;
                AddLines(value, field, lines);
            }
        }
        else if (node is YamlSequenceNode sequence)
        {
            for (int index = 0; index < sequence.Children.Count; index++)
            {
                string item = string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
                lines[item] = sequence.Children[index].Start.Line;
                AddLines(sequence.Children[index], item, lines);
            }
        }
    }

    private static JsonNode? ToNode(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(static pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", ToNode(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToNode)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } => ToValue(text ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    // The core schema of YAML 1.2, as the API's own tools read it.
    private static JsonValue? ToValue(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
        _ when text.AsSpan().IndexOfAnyExcept(OfNumbers) < 0 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}
