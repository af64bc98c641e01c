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

        ITypeSymbol type = parameter.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0]
            : parameter.Type;
        string literal = Of(value);
        return type.TypeKind == TypeKind.Enum ? $"({type.ToDisplayString(TypeNames.Unannotated)})({literal})" : literal;
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
