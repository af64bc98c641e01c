using System.Text.Json.Serialization;

namespace Runhouse.Host.Values;

/// <summary>What stands beside a value's bytes on the disk. Writing it, in one step, is what puts or renames a value.</summary>
/// <param name="Key">The value's key.</param>
/// <param name="ContentType">What kind of bytes it is.</param>
/// <param name="Size">How many.</param>
/// <param name="ModifiedAt">When it was put.</param>
/// <param name="Data">The name of the file with the bytes.</param>
/// <param name="RenamedFrom">The key it had before, whose file may still be there when the machine lost power; null when it was put under its own.</param>
internal sealed record ValueFile(string Key, string ContentType, long Size, DateTimeOffset ModifiedAt, string Data, string? RenamedFrom = null);

/// <summary>The JSON of <see cref="ValueFile"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ValueFile))]
internal sealed partial class ValueFileJson : JsonSerializerContext;
