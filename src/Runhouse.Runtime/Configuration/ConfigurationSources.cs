using System.Collections;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Runhouse.Runtime.Configuration;

/// <summary>
/// Where configured values come from. A console program reads its files here and not through Microsoft.Extensions.Configuration: loading that
/// costs a cold start more than the call itself.
/// </summary>
internal static class ConfigurationSources
{
    private const string Section = "Runhouse";
    private const string VariablePrefix = "RUNHOUSE__";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The entries of <c>runhouse.json</c>; the section's name may be left out in it.</summary>
    /// <param name="directory">The folder that may hold the file.</param>
    public static IEnumerable<ConfigurationEntry> RunhouseFile(string directory)
        => File(Path.Combine(directory, "runhouse.json"), wholeFile: true);

    /// <summary>The entries of the section in <c>appsettings.json</c>.</summary>
    /// <param name="directory">The folder that may hold the file.</param>
    public static IEnumerable<ConfigurationEntry> ApplicationSettings(string directory)
        => File(Path.Combine(directory, "appsettings.json"), wholeFile: false);

    /// <summary>The entries in environment variables, <c>RUNHOUSE__LOCAL__STRICT=true</c>.</summary>
    /// <param name="variables">The variables of the process.</param>
    public static IEnumerable<ConfigurationEntry> EnvironmentVariables(IDictionary variables)
    {
        foreach (DictionaryEntry variable in variables)
        {
            if (variable is { Key: string name, Value: string value } && name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase))
            {
                string key = name[VariablePrefix.Length..].Replace("__", ":", StringComparison.Ordinal);
                yield return new ConfigurationEntry(key, value, $"the environment variable {name}");
            }
        }
    }

    /// <summary>The entries of the section in an application's own configuration.</summary>
    /// <param name="configuration">The application's configuration.</param>
    public static IEnumerable<ConfigurationEntry> Application(IConfiguration configuration)
    {
        foreach ((string key, string? value) in configuration.GetSection(Section).AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && key.Length > 0)
                yield return new ConfigurationEntry(key, value, "the application's configuration");
        }
    }

    private static List<ConfigurationEntry> File(string path, bool wholeFile)
    {
        var entries = new List<ConfigurationEntry>();
        if (!System.IO.File.Exists(path))
            return entries;
        try
        {
            using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path), Lenient);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name.Equals(Section, StringComparison.OrdinalIgnoreCase))
                {
                    foreach (JsonProperty inner in property.Value.EnumerateObject())
                        Flatten(inner.Name, inner.Value, path, entries);
                }
                else if (wholeFile && property.Name != "$schema")
                {
                    Flatten(property.Name, property.Value, path, entries);
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"{path} cannot be read as configuration: {e.Message} Correct the file or remove it.", e);
        }

        return entries;
    }

    private static void Flatten(string key, JsonElement value, string source, List<ConfigurationEntry> entries)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                    Flatten($"{key}:{property.Name}", property.Value, source, entries);
                break;
            case JsonValueKind.Null:
                break;
            default:
                entries.Add(new ConfigurationEntry(key, value.ToString(), source));
                break;
        }
    }
}
