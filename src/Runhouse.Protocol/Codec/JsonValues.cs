using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MessagePack;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Codec;

/// <summary>JSON as values in plain form, and back: how callers that know names and no types give arguments and take results.</summary>
public static class JsonValues
{
    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value; undefined is null.</param>
    public static void Write(ref WireWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.BeginMap(value.GetPropertyCount());
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    writer.WriteString(property.Name);
                    Write(ref writer, property.Value);
                }

                writer.EndMap();
                break;
            case JsonValueKind.Array:
                writer.BeginArray(value.GetArrayLength());
                foreach (JsonElement item in value.EnumerateArray())
                    Write(ref writer, item);
                writer.EndArray();
                break;
            case JsonValueKind.String:
                writer.WriteString(value.GetString());
                break;
            case JsonValueKind.Number:
                WriteNumber(ref writer, value);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(value.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    /// <summary>Reads a value.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="RemoteSerializationException">It has no form in JSON.</exception>
    public static JsonElement Read(ref WireReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { MaxDepth = int.MaxValue, SkipValidation = true }))
            Read(ref reader, json);
        using JsonDocument document = JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return document.RootElement.Clone();
    }

    private static void WriteNumber(ref WireWriter writer, JsonElement value)
    {
        // A negative zero is one of a fraction.
        if (value.TryGetInt64(out long whole) && (whole != 0 || !value.GetRawText().StartsWith('-')))
            writer.WriteInt64(whole);
        else if (value.TryGetUInt64(out ulong positive))
            writer.WriteUInt64(positive);
        else
            writer.WriteNumber(Encoding.UTF8.GetBytes(value.GetRawText()));
    }

    private static void Read(ref WireReader reader, Utf8JsonWriter json)
    {
        switch (reader.NextType)
        {
            case MessagePackType.Nil:
                reader.TryReadNil();
                json.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Map:
                ReadObject(ref reader, json);
                break;
            case MessagePackType.Array:
                int count = reader.BeginArray();
                json.WriteStartArray();
                for (int i = 0; i < count; i++)
                    Read(ref reader, json);
                json.WriteEndArray();
                reader.EndArray();
                break;
            case MessagePackType.Binary:
                json.WriteBase64StringValue(reader.ReadBytes());
                break;
            case MessagePackType.String:
                json.WriteStringValue(reader.ReadString());
                break;
            default:
                ReadNumber(ref reader, json);
                break;
        }
    }

    private static void ReadObject(ref WireReader reader, Utf8JsonWriter json)
    {
        int count = reader.BeginMap();
        json.WriteStartObject();
        for (int i = 0; i < count; i++)
        {
            json.WritePropertyName(ReadKey(ref reader));
            Read(ref reader, json);
        }

        json.WriteEndObject();
        reader.EndMap();
    }

    // Keys of dictionaries are of many types, and JSON has texts only.
    private static string ReadKey(ref WireReader reader) => reader.NextType switch
    {
        MessagePackType.String => reader.ReadString()!,
        MessagePackType.Boolean => reader.ReadBoolean() ? "true" : "false",
        MessagePackType.Integer or MessagePackType.Float or MessagePackType.Extension => reader.ReadNumberText(out _),
        MessagePackType.Binary => Convert.ToBase64String(reader.ReadBytes()),
        _ => throw new RemoteSerializationException("The result cannot be written as JSON: a dictionary has keys that are no single values. Call a member that returns a list of pairs."),
    };

    private static void ReadNumber(ref WireReader reader, Utf8JsonWriter json)
    {
        string text = reader.ReadNumberText(out bool isNumber);
        if (isNumber)
            json.WriteRawValue(text, skipInputValidation: true);
        else
            json.WriteStringValue(text);
    }
}
