using System.Text;
using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>
/// Collects the shapes of the types that a remote type's signatures reach. Each topic has a part of its own: collections, objects, unions,
/// references, what the application's own MessagePack writes.
/// </summary>
internal sealed partial class ShapeCollector(Compilation compilation)
{
    private readonly List<ShapeProblem> _problems = [];
    private readonly List<(INamedTypeSymbol, string)> _objects = [];
    private readonly Stack<ISymbol> _members = [];
    private readonly SortedDictionary<string, TypeShape?> _shapes = new(StringComparer.Ordinal);

    /// <summary>The compilation whose types are looked at.</summary>
    public Compilation Compilation { get; } = compilation;

    /// <summary>Whether references may be among what is collected: a call is lent those of its arguments and returns those of its result, and a stream does neither.</summary>
    public bool TakesReferences { get; init; } = true;

    /// <summary>The shapes met so far that need a serializer, in ordinal order of their keys.</summary>
    public EquatableArray<TypeShape> Shapes => new(_shapes.Values.OfType<TypeShape>());

    /// <summary>What cannot travel, in the order in which it was met.</summary>
    public IReadOnlyList<ShapeProblem> Problems => _problems;

    /// <summary>The classes and structs met, in that order, with the paths to them.</summary>
    public IReadOnlyList<(INamedTypeSymbol Type, string Path)> Objects => _objects;

    /// <summary>Adds a type and everything reachable from it.</summary>
    /// <param name="type">The type.</param>
    /// <param name="path">Where it is mentioned, for messages.</param>
    public ShapeRef Add(ITypeSymbol type, string path)
    {
        ShapeRef shape = Visit(type, path);
        return shape with { SchemaHash = StableHash.Of(Schema(shape)), HoldsReferences = _shapes.Values.Any(static one => one is { Kind: ShapeKind.Reference }) };
    }

    private ShapeRef Visit(ITypeSymbol type, string path)
    {
        string name = type.ToDisplayString(TypeNames.FullyQualified);
        if (Primitives.Find(type) is { } primitive)
            return new ShapeRef(name, primitive, 0) { IsReference = type.IsReferenceType, IsPrimitive = true };

        string unannotated = type.WithNullableAnnotation(type.IsReferenceType ? NullableAnnotation.NotAnnotated : type.NullableAnnotation)
            .ToDisplayString(TypeNames.FullyQualified);
        string key = Key(type, unannotated);
        var shape = new ShapeRef(name, key, 0) { IsReference = type.IsReferenceType };
        if (_shapes.ContainsKey(key))
            return shape;

        // Known before its parts are visited: a type may reach itself.
        _shapes.Add(key, null);
        TypeShape? made = Refuse(type) is { } refusal ? Problem(refusal.Rule, type, path, refusal.Reason) : Make(type, key, unannotated, path);
        _shapes[key] = made is null ? null : made with { IsReference = type.IsReferenceType };
        return shape;
    }

    // The framework's do not change.
    private static EquatableArray<string> Constants(INamedTypeSymbol type) => IsOfTheFramework(type)
        ? default
        : new(type.GetMembers().OfType<IFieldSymbol>().Where(static one => one.HasConstantValue).Select(static one => FormattableString.Invariant($"{one.Name}: {one.ConstantValue}")));

    private TypeShape? Make(ITypeSymbol type, string key, string name, string path)
    {
        if (type is IArrayTypeSymbol array)
            return MakeArray(array, key, name, path);
        var named = (INamedTypeSymbol)type;
        if (named.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T)
            return new TypeShape(key, name, ShapeKind.Nullable) { Elements = Refs(Visit(named.TypeArguments[0], path)) };
        if (named.TypeKind == TypeKind.Enum)
            return new TypeShape(key, name, ShapeKind.Enum) { Elements = Refs(Visit(named.EnumUnderlyingType!, path)), Constants = Constants(named) };
        if (ReferencedType(named) is { } referenced)
            return MakeReference(named, referenced, key, name, path);
        if (EncodedOptions(named) is { } options)
            return new TypeShape(key, name, ShapeKind.Encoded) { Options = options, WireName = named.ToDisplayString(TypeNames.Stable) };
        if (MakeCollection(named, key, name, path) is { } collection)
            return collection;
        if (named.IsTupleType)
            return new TypeShape(key, name, ShapeKind.Tuple) { Elements = new(named.TupleElements.Select(element => Visit(element.Type, path + "." + element.Name))) };
        return Union(named) is { Count: > 0 } cases ? MakeUnion(named, cases, key, name, path)
            : IsRemoteClass(named) ? MakeRemoteObject(named, key, name, path)
            : MakeObject(named, key, name, path);
    }

    /// <summary>Why a type cannot travel whatever it holds; null when it may.</summary>
    private Refusal? Refuse(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Error } => new(SerializableRules.UnknownType),
        { TypeKind: TypeKind.Dynamic } or { SpecialType: SpecialType.System_Object } => new(SerializableRules.Untyped),
        { TypeKind: TypeKind.Delegate } => new(SerializableRules.Delegate),
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => new(SerializableRules.Address, Refusals.Handle),
        { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => new(SerializableRules.Address, "an address means nothing in another process: send an array"),
        { TypeKind: TypeKind.TypeParameter } => new(SerializableRules.Unserializable, "an open type parameter has no layout: close the generic type"),
        { IsRefLikeType: true } => new(SerializableRules.Unserializable, "it lives on the stack: use an array or ReadOnlyMemory<T>"),
        _ when !Compilation.IsSymbolAccessibleWithin(type is IArrayTypeSymbol array ? array.ElementType : type, Compilation.Assembly)
            => new(SerializableRules.Unserializable, "generated code cannot see it: make it internal or public"),
        INamedTypeSymbol named => RefuseProxy(named) ?? Refusals.Find(named),
        _ => null,
    };

    private TypeShape? Problem(DiagnosticDescriptor rule, ITypeSymbol type, string path, string reason = "", ISymbol? fault = null)
    {
        _problems.Add(new ShapeProblem(rule, path + ": " + type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(TypeNames.Plain), reason, type, fault ?? (_members.Count > 0 ? _members.Peek() : null)));
        return null;
    }

    private static EquatableArray<ShapeRef> Refs(params ShapeRef[] shapes) => new(shapes);

    private static string Key(ITypeSymbol type, string name)
    {
        var key = new StringBuilder();
        foreach (char c in type is IArrayTypeSymbol array ? array.ElementType.Name + "Array" : type.Name)
        {
            if (char.IsLetterOrDigit(c))
                key.Append(c);
        }

        return key.Append('_').Append(StableHash.Literal(StableHash.Of(name)), 2, 12).ToString();
    }

    /// <summary>
    /// Everything that the wire depends on, written out once per reachable type; a type met again is named by the order in which it was met.
    /// Names of types are left out, so that a renamed type still fits.
    /// </summary>
    private string Schema(ShapeRef root)
    {
        var text = new StringBuilder();
        var met = new Dictionary<string, int>(StringComparer.Ordinal);
        Append(root);
        return text.ToString();

        void Append(ShapeRef shape)
        {
            if (shape.IsPrimitive)
            {
                text.Append(shape.Key).Append(';');
                return;
            }

            if (met.TryGetValue(shape.Key, out int order))
            {
                text.Append('#').Append(order).Append(';');
                return;
            }

            met.Add(shape.Key, met.Count);
            if (!_shapes.TryGetValue(shape.Key, out TypeShape? layout) || layout is null)
                return;
            text.Append(layout.Kind).Append(layout.Rank).Append(layout.WireName).Append('(');
            foreach (ShapeRef element in layout.Elements)
                Append(element);
            foreach (ShapeMember member in layout.Members.OrderBy(static member => member.Name + member.Tag, StringComparer.Ordinal))
            {
                text.Append(layout.Kind == ShapeKind.Union ? member.Tag : member.Name).Append(':');
                Append(member.Shape);
            }

            text.Append(')');
        }
    }
}
