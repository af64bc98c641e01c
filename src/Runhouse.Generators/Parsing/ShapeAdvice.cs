using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Parsing;

/// <summary>Says of types that can travel what their users may regret: cycles between objects, and structs that cost more than they save, and objects of which a copy is of no use.</summary>
internal static class ShapeAdvice
{
    private const int LargeStruct = 256;

    // What a reference to the holder is called where it is not called as the holder's type.
    private static readonly HashSet<string> BackNames = new(StringComparer.OrdinalIgnoreCase) { "Parent", "Owner", "Container", "Previous", "Prev" };

    /// <summary>Looks at the classes and structs that a signature reaches. Whether there is nothing to say of any.</summary>
    /// <param name="shapes">The types with the paths to them.</param>
    /// <param name="sink">Where advice goes, once for each type.</param>
    /// <param name="location">Where the signature mentions them; null when nobody would see it.</param>
    /// <param name="display">The remote member, for messages.</param>
    public static bool Give(ShapeCollector shapes, ProblemSink sink, Location? location, string display)
    {
        bool isClean = true;
        IReadOnlyList<(INamedTypeSymbol Type, string Path)> objects = shapes.Objects;
        foreach ((INamedTypeSymbol type, string path) in objects)
        {
            int? size = type.IsValueType && Size(type, []) is > LargeStruct and var bytes ? bytes : null;
            List<(ISymbol Member, INamedTypeSymbol Holder)> backs = [];
            foreach ((INamedTypeSymbol holder, _) in objects)
            {
                if (BackReference(type, holder) is { } back)
                    backs.Add((back, holder));
            }

            bool isRemote = shapes.IsRemoteClass(type);
            if (size is null && backs.Count == 0 && !isRemote)
                continue;
            isClean = false;
            if (location is null || !sink.IsFirst(type))
                continue;
            string what = path == type.Name ? path : path + ": " + type.ToDisplayString(TypeNames.Plain);
            if (isRemote)
                sink.Add(SerializableRules.RemoteObject, location, InSource(type), display, what);
            if (size is not null)
            {
                sink.Add(
                    SerializableRules.LargeStruct,
                    location,
                    InSource(type),
                    display,
                    what,
                    size.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            foreach ((ISymbol back, INamedTypeSymbol holder) in backs)
                sink.Add(SerializableRules.Cyclic, location, InSource(back), display, path + "." + back.Name + ": " + holder.ToDisplayString(TypeNames.Plain));
        }

        return isClean;
    }

    /// <summary>
    /// The member with which an object refers to the one that holds it. Types that reach themselves are mostly trees, and fine, so that three signs must
    /// come together: the holder reaches the type, the member can be set after the object was made, and it is called as the holder's type or as holders are.
    /// </summary>
    private static ISymbol? BackReference(INamedTypeSymbol type, INamedTypeSymbol holder)
    {
        if (type.IsValueType || holder.IsValueType)
            return null;
        foreach ((ISymbol member, ITypeSymbol memberType, bool isMutable) in ShapeCollector.TravellingMembers(type))
        {
            if (isMutable && SymbolEqualityComparer.Default.Equals(memberType, holder)
                && (BackNames.Contains(member.Name) || (string.Equals(member.Name, holder.Name, StringComparison.OrdinalIgnoreCase) && !SymbolEqualityComparer.Default.Equals(type, holder)))
                && ShapeCollector.TravellingMembers(holder).Any(one => !SymbolEqualityComparer.Default.Equals(one.Member, member) && Holds(one.Type, type)))
            {
                return member;
            }
        }

        return null;
    }

    private static bool Holds(ITypeSymbol type, INamedTypeSymbol item) => SymbolEqualityComparer.Default.Equals(type, item) || type switch
    {
        IArrayTypeSymbol array => Holds(array.ElementType, item),
        INamedTypeSymbol named => named.TypeArguments.Any(argument => Holds(argument, item)),
        _ => false,
    };

    private static ISymbol? InSource(ISymbol symbol) => symbol.Locations.Any(static one => one.IsInSource) ? symbol : null;

    /// <summary>About how many bytes a value takes, padding left out.</summary>
    private static int Size(ITypeSymbol type, HashSet<ITypeSymbol> around)
    {
        switch (type.SpecialType)
        {
            case SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte:
                return 1;
            case SpecialType.System_Char or SpecialType.System_Int16 or SpecialType.System_UInt16:
                return 2;
            case SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single:
                return 4;
            case SpecialType.System_Decimal:
                return 16;
            default:
                break;
        }

        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct } named || type.SpecialType != SpecialType.None || !around.Add(type))
            return (type as INamedTypeSymbol)?.EnumUnderlyingType is { } underlying ? Size(underlying, around) : 8;
        int size = named.GetMembers().OfType<IFieldSymbol>().Where(static field => !field.IsStatic)
            .Sum(field => field.IsFixedSizeBuffer ? field.FixedSize * Size(((IPointerTypeSymbol)field.Type).PointedAtType, around) : Size(field.Type, around));
        around.Remove(type);
        int length = named.Attribute("System.Runtime.CompilerServices.InlineArrayAttribute")?.ConstructorArguments.FirstOrDefault().Value as int? ?? 1;
        return size * length;
    }
}
