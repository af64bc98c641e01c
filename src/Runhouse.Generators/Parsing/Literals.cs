using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Runhouse.Generators.Parsing;

/// <summary>Writes constants as C#, the same in every culture.</summary>
internal static class Literals
{
    /// <summary>The default of a parameter as code; null when an argument is required.</summary>
    /// <param name="parameter">The parameter.</param>
    public static string? Default(IParameterSymbol parameter)
    {
        if (!parameter.IsOptional)
            return null;
        if (!parameter.HasExplicitDefaultValue || parameter.ExplicitDefaultValue is not { } value)
        {
            return !parameter.Type.IsReferenceType ? "default" : parameter.NullableAnnotation == NullableAnnotation.Annotated ? "null" : "null!";
        }

        ITypeSymbol type = Underlying(parameter.Type);
        string literal = Of(value);
        return type.TypeKind == TypeKind.Enum ? $"({type.ToDisplayString(TypeNames.Unannotated)})({literal})" : literal;
    }

    /// <summary>The default of a parameter as JSON; null when an argument is required. JSON's null stands for the default of its type.</summary>
    /// <param name="parameter">The parameter.</param>
    public static string? DefaultJson(IParameterSymbol parameter) => !parameter.IsOptional ? (parameter.IsParams ? "[]" : null)
        : !parameter.HasExplicitDefaultValue ? "null"
        : EnumName(parameter) is { } name ? Json(name)
        : parameter.ExplicitDefaultValue switch
        {
            null => "null",
            string text => Json(text),
            char c => Json(c.ToString()),
            bool b => b ? "true" : "false",
            float f when float.IsNaN(f) || float.IsInfinity(f) => Json(f.ToString(CultureInfo.InvariantCulture)),
            double d when double.IsNaN(d) || double.IsInfinity(d) => Json(d.ToString(CultureInfo.InvariantCulture)),
            float f => f.ToString("R", CultureInfo.InvariantCulture),
            double d => d.ToString("R", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => "null",
        };

    private static string? EnumName(IParameterSymbol parameter)
        => Underlying(parameter.Type) is { TypeKind: TypeKind.Enum } type && parameter.ExplicitDefaultValue is { } value
            ? type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(one => value.Equals(one.ConstantValue))?.Name
            : null;

    private static ITypeSymbol Underlying(ITypeSymbol type)
        => type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    // What JSON needs escaped and what the line of a contract is taken apart by.
    private static string Json(string text)
    {
        var json = new System.Text.StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is < ' ' or > '~' or '"' or '\\' or '|')
                json.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            else
                json.Append(c);
        }

        return json.Append('"').ToString();
    }

    /// <summary>A string as code.</summary>
    /// <param name="text">The string, or null.</param>
    public static string Text(string? text) => text is null ? "null" : SymbolDisplay.FormatLiteral(text, quote: true);

    private static string Of(object value) => value switch
    {
        string text => Text(text),
        char c => SymbolDisplay.FormatLiteral(c, quote: true),
        bool b => b ? "true" : "false",
        float.NaN => "float.NaN",
        float.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity => "float.NegativeInfinity",
        double.NaN => "double.NaN",
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        float f => f.ToString("R", CultureInfo.InvariantCulture) + "F",
        double d => d.ToString("R", CultureInfo.InvariantCulture) + "D",
        decimal m => m.ToString(CultureInfo.InvariantCulture) + "M",
        uint u => u.ToString(CultureInfo.InvariantCulture) + "U",
        long l => l == long.MinValue ? "long.MinValue" : l.ToString(CultureInfo.InvariantCulture) + "L",
        ulong u => u.ToString(CultureInfo.InvariantCulture) + "UL",
        int.MinValue => "int.MinValue",
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };
}
