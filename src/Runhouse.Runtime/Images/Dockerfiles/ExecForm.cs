using System.Text.Json;

namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>The form of an instruction whose words are a JSON array.</summary>
internal static class ExecForm
{
    /// <summary>The words; null for a text in another form, which is the shell's or a list of words then.</summary>
    public static List<string>? TryRead(string text)
    {
        if (!text.StartsWith('['))
            return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.EnumerateArray().All(static word => word.ValueKind == JsonValueKind.String)
                ? [.. json.RootElement.EnumerateArray().Select(static word => word.GetString()!)]
                : null;
        }
        catch (JsonException)
        {
            // A [ of the shell.
            return null;
        }
    }
}
