using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <content>Classes, records and structs.</content>
internal sealed partial class ShapeCollector
{
    // Nobody edits a type of another assembly.
    private static INamedTypeSymbol? Own(INamedTypeSymbol type) => type.Locations.Any(static one => one.IsInSource) ? type : null;

    private static string Remedy(INamedTypeSymbol type, string remedy)
        => Own(type) is null ? "it is another assembly's, so send what it is made from, such as a name or a text, and make it there" : remedy;

    private TypeShape? MakeObject(INamedTypeSymbol type, string key, string name, string path)
    {
        if (type.TypeKind == TypeKind.Interface)
            return Problem(SerializableRules.Abstract, type, path, "interface");
        if (type.IsAbstract)
            return Problem(SerializableRules.Abstract, type, path, "abstract class");

        // From here the path begins with the type: of which parameter it is, the place says.
        string whole = path;
        if (path.IndexOf('.') < 0)
            path = type.ToDisplayString(TypeNames.Plain);
        _objects.Add((type, path));
        List<DataMember> members = [.. DataMembers(type)];
        if (Constructor(type, members) is not { } constructor)
            return Problem(SerializableRules.NoConstructor, type, whole, Remedy(type, "add a public one without parameters, or one whose parameters have the names and types of its members"), Own(type));

        if (HoldsHiddenState(type) && type.AllInterfaces.Any(static one => one.SpecialType == SpecialType.System_Collections_IEnumerable))
            return Problem(SerializableRules.LostMember, type, whole, Remedy(type, "make it an ICollection<T> with a constructor without parameters, or send its items"), Own(type));

        if (members.Count == 0 && HoldsHiddenState(type))
            return Problem(SerializableRules.LostMember, type, whole, Remedy(type, "give its state to public members with a setter or init, or to a constructor's parameters"), Own(type));

        if (RequiredButIgnored(type) is { } lost)
            return Problem(SerializableRules.Unserializable, type, path + "." + lost.Name, "it is required and left out of what travels at once: drop one of the two", lost);

        bool setsRequired = constructor.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "SetsRequiredMembersAttribute");
        var shapes = new List<ShapeMember>();
        foreach (DataMember member in members.OrderBy(static member => member.Symbol.Name, StringComparer.Ordinal))
        {
            int parameter = ParameterOf(constructor, member);
            if (parameter < 0 && !member.IsSettable)
            {
                if (member.IsStored)
                {
                    // One member says enough of a type that stays as it is.
                    if (Own(type) is null)
                        return Problem(SerializableRules.LostMember, type, whole, $"its {member.Symbol.Name} cannot be given back to it; {Remedy(type, "")}");
                    Problem(
                        SerializableRules.LostMember,
                        member.Type,
                        path + "." + member.Symbol.Name,
                        "give it a setter or init, a constructor parameter of its name and type, or leave it out with [JsonIgnore]",
                        member.Symbol);
                }

                continue;
            }

            IParameterSymbol? from = parameter < 0 ? null : constructor.Parameters[parameter];
            _members.Push(member.Symbol);
            ShapeRef shape = Visit(member.Type, path + "." + member.Symbol.Name);
            _members.Pop();
            shapes.Add(new ShapeMember(member.Symbol.Name, shape)
            {
                Parameter = parameter,
                ParameterDefault = from is null ? null : Literals.Default(from),
                IsInit = parameter < 0 ? member.IsInit : member.IsRequired && !setsRequired,
                IsRequired = member.IsRequired,
                IsOptional = CanBeNull(member.Type) || !(member.IsRequired || IsWanted(type, constructor, members, member)),
            });
        }

        return new TypeShape(key, name, ShapeKind.Object) { Members = new(shapes), MayBeDerived = type is { TypeKind: TypeKind.Class, IsSealed: false } };
    }

    /// <summary>The members of a type that hold values, and whether they can be set after the object was made.</summary>
    /// <param name="type">The type.</param>
    public static IEnumerable<(ISymbol Member, ITypeSymbol Type, bool IsMutable)> TravellingMembers(INamedTypeSymbol type)
        => DataMembers(type).Select(static one => (one.Symbol, one.Type, one.IsSettable && one.Symbol is not IPropertySymbol { SetMethod.IsInitOnly: true }));

    private static IEnumerable<DataMember> DataMembers(INamedTypeSymbol type)
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        for (INamedTypeSymbol? at = type; at is { SpecialType: SpecialType.None }; at = at.BaseType)
        {
            foreach (ISymbol symbol in at.GetMembers())
            {
                if (symbol.IsStatic || symbol.DeclaredAccessibility != Accessibility.Public)
                    continue;
                if (IsIgnored(symbol))
                {
                    met.Add(symbol.Name);
                    continue;
                }

                DataMember? member = symbol switch
                {
                    IPropertySymbol { IsIndexer: false, GetMethod.DeclaredAccessibility: Accessibility.Public } property => new DataMember(
                        property,
                        property.Type,
                        property.SetMethod is { DeclaredAccessibility: Accessibility.Public },
                        property.SetMethod is { IsInitOnly: true } || property.IsRequired,
                        IsStored(at, property),
                        property.IsRequired),
                    IFieldSymbol { IsImplicitlyDeclared: false, IsConst: false } field => new DataMember(field, field.Type, !field.IsReadOnly, field.IsRequired, true, field.IsRequired),
                    _ => null,
                };
                if (member is not null && met.Add(symbol.Name))
                    yield return member;
            }
        }
    }

    /// <summary>
    /// Whether a property holds a value of its own. In source that is its backing field; a referenced assembly shows no private fields, but marks the
    /// accessors of such a property. The framework's types keep their values where nothing shows them, so that all theirs count.
    /// </summary>
    private static bool IsStored(INamedTypeSymbol type, IPropertySymbol property) => type.Locations.Any(static location => location.IsInSource)
        ? type.GetMembers().Any(one => one is IFieldSymbol field && SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property))
        : type.ContainingNamespace.ToDisplayString(TypeNames.Stable).Split('.')[0] is "System" or "Microsoft"
            || property.GetMethod!.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute");

    private static bool IsIgnored(ISymbol symbol) => symbol.GetAttributes().Any(static attribute => attribute.AttributeClass?.ToDisplayString(TypeNames.Stable)
        is "System.Text.Json.Serialization.JsonIgnoreAttribute" or "System.Runtime.Serialization.IgnoreDataMemberAttribute" or "System.NonSerializedAttribute"
        or "MessagePack.IgnoreMemberAttribute");

    /// <summary>Whether a type without public members holds values all the same, as <c>Random</c> does: an empty object would arrive.</summary>
    private static bool HoldsHiddenState(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is { SpecialType: SpecialType.None }; at = at.BaseType)
        {
            if (IsOfTheFramework(at) || at.GetMembers().Any(static one => one is IFieldSymbol { IsStatic: false, AssociatedSymbol: null }))
                return true;
        }

        return false;
    }

    private static bool IsOfTheFramework(INamedTypeSymbol type) => !type.Locations.Any(static one => one.IsInSource)
        && type.ContainingNamespace.ToDisplayString(TypeNames.Stable).Split('.')[0] is "System" or "Microsoft";

    private static ISymbol? RequiredButIgnored(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is { SpecialType: SpecialType.None }; at = at.BaseType)
        {
            if (at.GetMembers().FirstOrDefault(static one => (one is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }) && IsIgnored(one)) is { } member)
                return member;
        }

        return null;
    }

    /// <summary>
    /// The constructor that loses the fewest members: each of its parameters is a member by name and type. Among those that lose equally few,
    /// one marked <c>[JsonConstructor]</c>, then the shortest.
    /// </summary>
    private IMethodSymbol? Constructor(INamedTypeSymbol type, List<DataMember> members) => type.InstanceConstructors
        .Where(one => Compilation.IsSymbolAccessibleWithin(one, Compilation.Assembly))
        .Where(one => one.Parameters.All(parameter => members.Any(member => Sets(parameter, member))))
        .OrderBy(one => members.Count(member => !member.IsSettable && member.IsStored && ParameterOf(one, member) < 0))
        .ThenByDescending(static one => one.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "JsonConstructorAttribute"))
        .ThenBy(static one => one.Parameters.Length)
        .ThenBy(static one => one.ToDisplayString(TypeNames.Stable), StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>Whether code that makes the object has to say what the member is: in a record struct's own constructor too, beside which every struct has one without parameters.</summary>
    private static bool IsWanted(INamedTypeSymbol type, IMethodSymbol chosen, List<DataMember> members, DataMember member)
    {
        IMethodSymbol usual = type is { IsRecord: true, IsValueType: true }
            ? type.InstanceConstructors.Where(one => one.Parameters.All(parameter => members.Any(own => Sets(parameter, own)))).OrderByDescending(static one => one.Parameters.Length).First()
            : chosen;
        int parameter = ParameterOf(usual, member);
        return parameter >= 0 && !usual.Parameters[parameter].IsOptional;
    }

    private static bool CanBeNull(ITypeSymbol type) => type.IsReferenceType
        ? type.NullableAnnotation != NullableAnnotation.NotAnnotated
        : type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T;

    private static int ParameterOf(IMethodSymbol constructor, DataMember member)
    {
        for (int i = 0; i < constructor.Parameters.Length; i++)
        {
            if (Sets(constructor.Parameters[i], member))
                return i;
        }

        return -1;
    }

    private static bool Sets(IParameterSymbol parameter, DataMember member) => parameter.RefKind is RefKind.None or RefKind.In
        && string.Equals(parameter.Name, member.Symbol.Name, StringComparison.OrdinalIgnoreCase)
        && SymbolEqualityComparer.Default.Equals(parameter.Type, member.Type);

    /// <summary>A public property or field with a value.</summary>
    /// <param name="Symbol">The member.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="IsSettable">Whether it can be set, if only while the object is made.</param>
    /// <param name="IsInit">Whether it can only be set while the object is made.</param>
    /// <param name="IsStored">Whether it holds a value of its own; a computed property does not.</param>
    /// <param name="IsRequired">Whether it must be set while the object is made.</param>
    private sealed record DataMember(ISymbol Symbol, ITypeSymbol Type, bool IsSettable, bool IsInit, bool IsStored, bool IsRequired);
}
