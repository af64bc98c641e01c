using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads a remote class: its constructors, its public members and those it inherits, and the interfaces its proxy implements.</summary>
internal sealed class RemoteClassParser
{
    private readonly INamedTypeSymbol _class;
    private readonly Compilation _compilation;
    private readonly ContainingTypeModel _type;
    private readonly MemberParser _members;
    private readonly ProblemSink _sink;
    private readonly Dictionary<ISymbol, RemoteMemberModel> _bySymbol = new(SymbolEqualityComparer.Default);
    private readonly Location? _location;

    private RemoteClassParser(INamedTypeSymbol type, Compilation compilation, Location? location, ProblemSink sink, ShapeMemo memo)
    {
        _class = type;
        _compilation = compilation;
        _location = location;
        _sink = sink;
        _type = ContainingTypeParser.Parse(type);
        _members = new MemberParser(_type, compilation, sink, location, memo);
    }

    /// <summary>Reads a remote class.</summary>
    /// <param name="type">The class.</param>
    /// <param name="attribute">Its attribute.</param>
    /// <param name="compilation">The compilation.</param>
    /// <param name="location">The place of problems that have none of their own.</param>
    /// <param name="sink">Where problems go.</param>
    /// <param name="memo">What is known of types.</param>
    public static Parsed<RemoteClassModel> Parse(INamedTypeSymbol type, AttributeData attribute, Compilation compilation, Location? location, ProblemSink sink, ShapeMemo memo)
    {
        var parser = new RemoteClassParser(type, compilation, location, sink, memo);
        RemoteClassModel? model = parser.Read(attribute);
        return new(model is null ? [] : new EquatableArray<RemoteClassModel>([model]), sink.Kept);
    }

    private RemoteClassModel? Read(AttributeData attribute)
    {
        if (Refusal() is { } refusal)
        {
            _sink.Add(refusal.Rule, _location, refusal.Arguments);
            return null;
        }

        List<RemoteMemberModel> constructors = Constructors();
        List<RemoteMemberModel> members = Distinct(Members());
        SnapshotModel? snapshot = SnapshotParser.Parse(_class, _members, constructors, _location, _sink);
        var all = constructors.Concat(members)
            .Select(m => ContainingTypeParser.Stated(m, attribute))
            .OrderBy(m => m.Signature, StringComparer.Ordinal)
            .ToList();
        return new RemoteClassModel(
            _type,
            ContainingTypeParser.Needs(attribute),
            new(all.Where(static m => !m.IsRefused)),
            new InterfaceParser(_class, _bySymbol, [.. members.Where(static m => !m.IsRefused)]).Parse(),
            _members.Shapes)
        {
            Refused = new(all.Where(static m => m.IsRefused)),
            Snapshot = snapshot,
        };
    }

    /// <summary>Why nothing is generated for the class: the rule, and what its message is filled with.</summary>
    private (DiagnosticDescriptor Rule, string[] Arguments)? Refusal()
    {
        string name = _type.DisplayName;
        if (!_class.IsAccessible(_compilation) || _class.IsFileLocal)
            return (ShapeRules.Inaccessible, [name]);
        if (_class.IsAbstract || _class.IsStatic)
            return (ShapeRules.Unconstructible, [name, "is abstract or static", "mark a class that derives from it, or its static methods, with [Remote]"]);
        if (IsOpen(_class))
            return (ShapeRules.OpenGeneric, [name, $"close it with [assembly: Remote<{name}>] and real types"]);
        if (_class.IsObsoleteAsError())
            return (ShapeRules.Ineffective, ["'" + name + "'", Deprecation.Remedy]);
        if (!_class.InstanceConstructors.Any(IsForCallers))
            return (ShapeRules.Unconstructible, [name, "has no public constructor", "make one public"]);
        return null;
    }

    private bool IsForCallers(IMethodSymbol constructor) => constructor.DeclaredAccessibility == Accessibility.Public
        && !(_class.IsRecord && constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, _class));

    private List<RemoteMemberModel> Constructors()
    {
        var constructors = new List<RemoteMemberModel>();
        foreach (IMethodSymbol constructor in _class.InstanceConstructors.Where(IsForCallers))
        {
            if (HasRequiredMembers() && !constructor.GetAttributes().Any(a => a.AttributeClass?.Name == "SetsRequiredMembersAttribute"))
            {
                _sink.Add(ShapeRules.RequiredMembers, _location, _type.DisplayName);
                continue;
            }

            if (_members.Constructor(constructor) is not { } model)
                continue;
            if (constructors.Any(c => c.ProxySignature == model.ProxySignature))
                _sink.Add(ShapeRules.SameConstructors, constructor.Locations.FirstOrDefault(l => l.IsInSource) ?? _location, _type.DisplayName);
            else
                constructors.Add(model);
        }

        return constructors;
    }

    private IEnumerable<(RemoteMemberModel Model, ISymbol Symbol)> Members()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (INamedTypeSymbol? current = _class; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            foreach (ISymbol symbol in current.GetMembers())
            {
                if (symbol.IsStatic || symbol.IsImplicitlyDeclared || symbol.DeclaredAccessibility != Accessibility.Public)
                    continue;
                if (symbol is IMethodSymbol { MethodKind: MethodKind.Ordinary } method && !IsOwnOfDotNet(method) && !SnapshotParser.IsOwn(_class, method) && seen.Add(Signature(method)))
                {
                    if (_members.Method(method, MemberKind.Method) is { } model)
                        yield return (model, method);
                }
                else if (symbol is IPropertySymbol { IsIndexer: false } property && seen.Add(property.Name))
                {
                    bool automatic = property.ContainingType.GetMembers().OfType<IFieldSymbol>()
                        .Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property));
                    if (property.GetMethod is { DeclaredAccessibility: Accessibility.Public } && _members.Getter(property, automatic) is { } getter)
                        yield return (getter, property);
                    if (property.SetMethod is { DeclaredAccessibility: Accessibility.Public, IsInitOnly: false } && _members.Setter(property, automatic) is { } setter)
                        yield return (setter, property.SetMethod);
                }
            }
        }

        if (_class.GetMembers().OfType<IPropertySymbol>().Any(p => p is { IsStatic: false, IsImplicitlyDeclared: false, DeclaredAccessibility: Accessibility.Public })
            && new ShapeCollector(_compilation) is var own && own.Add(_class, _class.Name) is var self && own.Problems.Count == 0)
        {
            yield return (_members.Fetch(self, own.Shapes), _class);
        }
    }

    /// <summary>Drops what callers could not tell apart. Of two overloads that differ in the token only, the one with the token serves both.</summary>
    private List<RemoteMemberModel> Distinct(IEnumerable<(RemoteMemberModel Model, ISymbol Symbol)> members)
    {
        var kept = new List<(RemoteMemberModel Model, ISymbol Symbol)>();
        foreach (var member in members.ToList())
        {
            int same = kept.FindIndex(k => LookTheSame(k.Model, member.Model));
            if (same < 0)
            {
                kept.Add(member);
            }
            else if (member.Model.Kind == MemberKind.Fetch)
            {
                _sink.Add(
                    ShapeRules.NameTaken, kept[same].Symbol.Locations.FirstOrDefault(l => l.IsInSource) ?? _location, kept[same].Model.DisplayName, ProxyMembers.Fetch);
            }
            else if (kept[same].Model.Name == member.Model.Name)
            {
                var better = HasToken(member.Model) ? member : kept[same];
                var other = HasToken(member.Model) ? kept[same] : member;
                kept[same] = (WithOptionalToken(better.Model), better.Symbol);
                _bySymbol[other.Symbol] = kept[same].Model;
            }
            else
            {
                _sink.Add(
                    ShapeRules.Collision,
                    member.Symbol.Locations.FirstOrDefault(l => l.IsInSource) ?? _location,
                    kept[same].Symbol,
                    member.Model.DisplayName,
                    kept[same].Model.DisplayName,
                    member.Model.ProxyName);
            }
        }

        foreach (var (model, symbol) in kept)
            _bySymbol[symbol] = model;
        return [.. kept.Select(k => k.Model)];
    }

    // What stands for a property, or brings the whole object, is called with nothing: so may be a method that has defaults for its parameters.
    private static bool LookTheSame(RemoteMemberModel one, RemoteMemberModel other) => one.ProxySignature == other.ProxySignature
        || (one.ProxyName == other.ProxyName && one.NeedsNoArgument && other.NeedsNoArgument
            && (one.Kind is MemberKind.Getter or MemberKind.Fetch || other.Kind is MemberKind.Getter or MemberKind.Fetch));

    private static RemoteMemberModel WithOptionalToken(RemoteMemberModel member)
        => member.Parameters.Count > 0 && member.Parameters[member.Parameters.Count - 1] is { Kind: ParameterKind.Token, DefaultValue: null } token
            ? member with { Parameters = new(member.Parameters.Take(member.Parameters.Count - 1).Append(token with { DefaultValue = "default" })) }
            : member;

    private static bool HasToken(RemoteMemberModel member) => member.Parameters.Any(p => p.Kind == ParameterKind.Token);

    /// <summary>Disposal belongs to the worker, and equality and text to the process.</summary>
    /// <param name="method">A method of a remote class.</param>
    public static bool IsOwnOfDotNet(IMethodSymbol method)
    {
        for (IMethodSymbol? current = method; current is not null; current = current.OverriddenMethod)
        {
            if (current.ContainingType.SpecialType == SpecialType.System_Object)
                return true;
        }

        return method is { Name: "Dispose" or "DisposeAsync", Parameters.Length: 0 } or { Name: "Equals", Parameters.Length: 1 };
    }

    private static string Signature(IMethodSymbol method)
        => method.Name + "`" + method.Arity + "(" + string.Join(",", method.Parameters.Select(p => p.RefKind + p.Type.ToDisplayString(TypeNames.Stable))) + ")";

    private static bool IsOpen(INamedTypeSymbol type)
        => type.TypeArguments.Any(a => a.TypeKind == TypeKind.TypeParameter || (a is INamedTypeSymbol named && IsOpen(named)))
            || (type.ContainingType is { } outer && IsOpen(outer));

    private bool HasRequiredMembers()
    {
        for (INamedTypeSymbol? current = _class; current is not null; current = current.BaseType)
        {
            if (current.GetMembers().Any(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }))
                return true;
        }

        return false;
    }
}
