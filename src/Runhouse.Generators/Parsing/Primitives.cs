using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>The types that the wire's writer and reader know themselves.</summary>
internal static class Primitives
{
    private static readonly HashSet<string> OfSystem = new(StringComparer.Ordinal)
    {
        "Int128", "UInt128", "Half", "Guid", "DateTimeOffset", "TimeSpan", "DateOnly", "TimeOnly", "Uri", "Version",
    };

    private static readonly HashSet<string> OfNumerics = new(StringComparer.Ordinal) { "BigInteger", "Complex" };

    // Composite values (decimal, Guid, DateTime) are not among them: a block reverses the bytes of whole elements on a big-endian machine.
    private static readonly HashSet<string> InBlocks = new(StringComparer.Ordinal)
    {
        "Boolean", "Byte", "SByte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Int128", "UInt128", "Half", "Single", "Double", "Char",
    };

    /// <summary>The suffix of the writer's and the reader's method for a type; null when it is no primitive.</summary>
    /// <param name="type">The type.</param>
    public static string? Find(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Boolean => "Boolean",
        SpecialType.System_Byte => "Byte",
        SpecialType.System_SByte => "SByte",
        SpecialType.System_Int16 => "Int16",
        SpecialType.System_UInt16 => "UInt16",
        SpecialType.System_Int32 => "Int32",
        SpecialType.System_UInt32 => "UInt32",
        SpecialType.System_Int64 => "Int64",
        SpecialType.System_UInt64 => "UInt64",
        SpecialType.System_Single => "Single",
        SpecialType.System_Double => "Double",
        SpecialType.System_Decimal => "Decimal",
        SpecialType.System_Char => "Char",
        SpecialType.System_String => "String",
        SpecialType.System_DateTime => "DateTime",
        _ when type is not INamedTypeSymbol { IsGenericType: false, ContainingType: null } => null,
        _ when OfSystem.Contains(type.Name) && IsIn(type, "System") => type.Name,
        _ when OfNumerics.Contains(type.Name) && IsIn(type, "System.Numerics") => type.Name,
        _ => null,
    };

    /// <summary>Whether arrays of a type travel as one block.</summary>
    /// <param name="type">The element type: a primitive number, or an enum.</param>
    public static bool IsBlock(ITypeSymbol type)
        => type.TypeKind == TypeKind.Enum || (Find(type) is { } primitive && InBlocks.Contains(primitive));

    private static bool IsIn(ITypeSymbol type, string space) => type.ContainingNamespace?.ToDisplayString(TypeNames.Stable) == space;
}
