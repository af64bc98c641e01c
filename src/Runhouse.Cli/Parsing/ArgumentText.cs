using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;

namespace Runhouse.Cli.Parsing;

/// <summary>
/// An argument of remote code on the command line, <c>epochs=3</c>: what its text means depends on the type of its parameter. Single values are text or numbers, lists
/// have commas, and all else is JSON.
/// </summary>
internal static class ArgumentText
{
    private static readonly HashSet<string> Whole =
    [
        "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "System.Int128", "System.UInt128", "System.Numerics.BigInteger",
    ];

    private static readonly HashSet<string> Fractions = ["float", "double", "decimal", "System.Half"];

    private static readonly HashSet<string> Texts = ["string", "char", "System.Uri", "System.Version", "System.TimeSpan", "System.DateOnly", "System.TimeOnly", "System.DateTime", "System.DateTimeOffset"];

    private static readonly string[] Lists =
    [
        "List", "IList", "IReadOnlyList", "ICollection", "IReadOnlyCollection", "IEnumerable", "IAsyncEnumerable", "HashSet", "ISet", "IReadOnlySet", "SortedSet", "Queue",
        "ImmutableArray", "ImmutableList", "ReadOnlyMemory", "Memory",
    ];

    /// <summary>Takes an argument apart.</summary>
    /// <param name="argument">The argument.</param>
    /// <exception cref="ArgumentException">It has no name.</exception>
    public static (string Name, string Text) Split(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (argument[..equals].Trim(), argument[(equals + 1)..]) : throw new ArgumentException(
            $"'{argument}' is no argument. Write the name of the parameter, '=' and the value: --arg epochs=3.");
    }

    /// <summary>Reads an argument's text.</summary>
    /// <param name="member">The member, for messages.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">It is no value of the parameter's type.</exception>
    public static JsonElement Read(RemoteMember member, RemoteParameter parameter, string text)
    {
        try
        {
            return Read(parameter.TypeName, text);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new ArgumentException($"'{text}' is {e.Message.TrimEnd('.')}, which parameter '{parameter.Name}' takes. The member is {MemberNames.Describe(member)}.", e);
        }
    }

    private static JsonElement Read(string typeName, string text)
    {
        string type = typeName.TrimEnd('?');
        if (Texts.Contains(type))
            return Text(text);
        if (text == "null")
            return JsonElement.Parse("null");
        if (Whole.Contains(type))
            return BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger whole) ? JsonElement.Parse(whole.ToString(CultureInfo.InvariantCulture)) : throw new FormatException("no whole number");
        if (Fractions.Contains(type))
            return Fraction(text);
        if (type == "bool")
            return bool.TryParse(text, out bool value) ? JsonElement.Parse(value ? "true" : "false") : throw new FormatException("neither true nor false");
        if (type == "System.Guid")
            return Guid.TryParse(text, out _) ? Text(text) : throw new FormatException("no GUID");
        if (type == "byte[]")
            return text.StartsWith('[') ? Json(text) : Text(text);
        return ElementOf(type) is { } element ? List(element, text) : Any(text);
    }

    // A number that JSON has, or one of the names that it has none for.
    private static JsonElement Fraction(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            throw new FormatException("no number");
        try
        {
            return double.IsFinite(number) ? JsonElement.Parse(text) : Text(text);
        }
        catch (JsonException)
        {
            return JsonElement.Parse(number.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static string? ElementOf(string type)
    {
        if (type.EndsWith("[]", StringComparison.Ordinal))
            return type[..^2];
        int begin = type.IndexOf('<', StringComparison.Ordinal);
        if (begin < 0 || !type.EndsWith('>'))
            return null;
        string name = type[(type.LastIndexOf('.', begin) + 1)..begin];
        return Lists.Contains(name) ? type[(begin + 1)..^1] : null;
    }

    private static JsonElement List(string element, string text)
    {
        if (text.StartsWith('['))
            return Json(text);
        string[] items = text.Length == 0 ? [] : text.Split(',');
        return JsonElement.Parse($"[{string.Join(',', items.Select(item => Read(element, item.Trim()).GetRawText()))}]");
    }

    // An enum's name, or what only JSON can say.
    private static JsonElement Any(string text)
        => text.Length > 0 && (text[0] is '{' or '[' or '"' || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)) ? Json(text) : Text(text);

    private static JsonElement Text(string text) => JsonElement.Parse(JsonSerializer.Serialize(text, Output.CliJson.Default.String));

    private static JsonElement Json(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw new FormatException($"no JSON ({e.Message.TrimEnd('.')})", e);
        }
    }
}
