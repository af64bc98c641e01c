using System.Text.Json;
using System.Text.Json.Serialization;

namespace Runhouse.Runtime.Clusters;

/// <summary>Resources as an object of texts, each in the grammar in which people write it: <c>{ "gpu": "A100:2", "memory": "64+" }</c>.</summary>
internal sealed class ResourcesConverter : JsonConverter<Resources>
{
    /// <inheritdoc/>
    public override Resources Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        try
        {
            return Resources.Parse(
                Text("gpu"), Text("cpus"), Text("memory"), Text("disk"), Text("region"), Text("spot"), Text("instanceType"), Text("provider"), Text("maxPrice"));
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }

        string? Text(string name) => document.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Resources value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        Add("gpu", string.Join('|', value.Accelerators));
        Add("cpus", value.Cpus?.ToString());
        Add("memory", value.Memory?.ToString());
        Add("disk", value.Disk?.ToString());
        Add("region", string.Join('|', value.Regions));
        Add("spot", value.Spot == SpotUse.Never ? null : value.Spot.ToString().ToLowerInvariant());
        Add("instanceType", string.Join('|', value.InstanceTypes));
        Add("provider", string.Join('|', value.Providers));
        Add("maxPrice", value.MaxPrice?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteEndObject();

        void Add(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text))
                writer.WriteString(name, text);
        }
    }
}
