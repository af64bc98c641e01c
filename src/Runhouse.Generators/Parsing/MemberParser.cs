using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads remote members. A member that cannot be remote gives null and says why.</summary>
/// <param name="type">The names of the declaring type.</param>
/// <param name="compilation">The compilation.</param>
/// <param name="sink">Where problems go.</param>
/// <param name="fallback">The place of problems in symbols that have none: those of other assemblies.</param>
/// <param name="memo">What is known of types.</param>
internal sealed class MemberParser(
    ContainingTypeModel type, Compilation compilation, ProblemSink sink, Location? fallback, ShapeMemo memo)
{
    private readonly SortedDictionary<string, TypeShape> _shapes = new(StringComparer.Ordinal);

    // Nothing is written for it, or only a method that says that it cannot be called: a second error at each call would hide the first.
    private bool _isAbsent;
    private bool _isRefused;

    /// <summary>The shapes that the members read so far reach, in ordinal order of their keys.</summary>
    public EquatableArray<TypeShape> Shapes => new(_shapes.Values);

    /// <summary>Reads a method, static or not.</summary>
    /// <param name="method">The method.</param>
    /// <param name="kind">A function or a method of an object.</param>
    public RemoteMemberModel? Method(IMethodSymbol method, MemberKind kind)
    {
        Begin();
        string display = type.DisplayName + "." + method.Name;
        ReturnKind returns = KnownTypes.Classify(method.ReturnType, out ITypeSymbol? value);
        if (MemberForm.Problem(method) is { } form)
            return Formless(form, method, display);
        string proxyName = KnownTypes.RemoteName(method, returns);
        if (type.IsTaken(proxyName, kind))
            return Fail(ShapeRules.NameTaken, method, display, $"'{proxyName}' in the generated type that callers use");
        var parameters = Parameters(method, display);
        ShapeRef? result = value is null ? null : Shape(value, "result", display, method, takesReferences: returns != ReturnKind.Stream);
        if (_isAbsent)
            return null;
        RemoteMemberModel member = Member(kind, method.Name, proxyName, returns, result, parameters, method);
        if (kind == MemberKind.Method && ProxyMembers.Hidden(proxyName, member.NeedsNoArgument) is { } hidden)
        {
            // Of a class that somebody else wrote, too: the proxy's own member would do something else than its namesake.
            sink.Add(ShapeRules.NameTaken, method.Locations.FirstOrDefault(static one => one.IsInSource) ?? fallback, display, hidden);
            return null;
        }

        return ContainingTypeParser.Stated(member with { IsBlocking = returns.IsSynchronous() }, method.Attribute(RuntimeNames.RemoteAttribute));
    }

    /// <summary>Reads a constructor.</summary>
    /// <param name="constructor">The constructor.</param>
    public RemoteMemberModel? Constructor(IMethodSymbol constructor)
    {
        Begin();
        var parameters = Parameters(constructor, type.DisplayName);
        return _isAbsent ? null : Member(MemberKind.Constructor, ".ctor", "CreateAsync", ReturnKind.Value, null, parameters, constructor) with
        {
            DocumentationId = constructor.IsImplicitlyDeclared ? null : constructor.OriginalDefinition.GetDocumentationCommentId(),
            DisplayName = type.DisplayName,
            IsBlocking = true,
        };
    }

    /// <summary>Reads the half of a property that returns its value.</summary>
    /// <param name="property">The property.</param>
    /// <param name="isAutomatic">Whether no code runs.</param>
    public RemoteMemberModel? Getter(IPropertySymbol property, bool isAutomatic)
    {
        Begin();
        string display = type.DisplayName + "." + property.Name;
        ShapeRef? result = Shape(property.Type, "value", display, property);
        return _isAbsent ? null : Member(MemberKind.Getter, property.Name, "Get" + property.Name + "Async", ReturnKind.Value, result, [], property) with
        {
            IsBlocking = !isAutomatic,
        };
    }

    /// <summary>Reads the half of a property that sets its value.</summary>
    /// <param name="property">The property.</param>
    /// <param name="isAutomatic">Whether no code runs.</param>
    public RemoteMemberModel? Setter(IPropertySymbol property, bool isAutomatic)
    {
        Begin();
        ShapeRef? shape = Shape(property.Type, "value", type.DisplayName + "." + property.Name, property);
        if (_isAbsent)
            return null;
        var value = new ParameterModel("value", "value", property.Type.ToDisplayString(TypeNames.FullyQualified), ParameterKind.Value, shape, null, false);
        return Member(MemberKind.Setter, property.Name, "Set" + property.Name + "Async", ReturnKind.Void, null, [value], property) with
        {
            IsBlocking = !isAutomatic,
        };
    }

    /// <summary>Reads the state that objects keep; null when it cannot be kept.</summary>
    /// <param name="state">The type of the state.</param>
    /// <param name="take">The method that gives it.</param>
    /// <param name="location">The place of problems, where the method has none.</param>
    public ShapeRef? State(ITypeSymbol state, ISymbol take, Location? location)
    {
        Begin();
        ShapeRef shape = Shape(state, "state", type.DisplayName + ".TakeSnapshotAsync", take, takesReferences: false);
        if (_isRefused && !take.Locations.Any(static one => one.IsInSource))
            sink.Add(SerializableRules.Unserializable, location, type.DisplayName + ".TakeSnapshotAsync", "state: " + state.ToDisplayString(TypeNames.Plain), "its class is of another assembly: keep the state of one of your own");
        return _isAbsent || _isRefused ? null : shape;
    }

    /// <summary>Makes the member that sends a copy of the whole object.</summary>
    /// <param name="self">The object's shape.</param>
    /// <param name="reached">The shapes that it reaches.</param>
    public RemoteMemberModel Fetch(ShapeRef self, EquatableArray<TypeShape> reached)
    {
        Keep(reached);
        return Member(MemberKind.Fetch, "Fetch", "FetchAsync", ReturnKind.Value, self, [], null);
    }

    private RemoteMemberModel Member(
        MemberKind kind, string name, string proxyName, ReturnKind returns, ShapeRef? result, List<ParameterModel> parameters, ISymbol? symbol)
    {
        var travelling = parameters.Where(p => p.Travels).ToList();
        string list = string.Join(", ", travelling.Select(p => p.TypeName.Replace("global::", "").Replace("?", "")));
        string prefix = kind switch { MemberKind.Getter => "get ", MemberKind.Setter => "set ", MemberKind.Fetch => "fetch ", _ => "" };
        string stable = symbol is IMethodSymbol method
            ? string.Join(",", method.Parameters.Zip(parameters, (s, p) => (s, p)).Where(x => x.p.Travels).Select(x => x.s.Type.ToDisplayString(TypeNames.Stable)))
            : "";
        string schema = string.Join(";", travelling.Select(p => p.Kind + ":" + Hex(p.Shape!.SchemaHash))) + ">" + (returns == ReturnKind.Stream ? "stream:" : "")
            + (result is null ? "" : Hex(result.SchemaHash));
        return new RemoteMemberModel(
            kind,
            name,
            Escape(name),
            proxyName,
            returns,
            result,
            new EquatableArray<ParameterModel>(parameters),
            StableHash.Of($"{prefix}{type.FullName}::{name}({stable})"),
            StableHash.Of(schema),
            $"{prefix}{type.FullName}.{name}({list})",
            type.DisplayName + "." + name,
            symbol?.OriginalDefinition.GetDocumentationCommentId())
        {
            IsRefused = _isRefused,
            Marks = symbol is null ? "" : Deprecation.Marks(symbol),
        };
    }

    private List<ParameterModel> Parameters(IMethodSymbol method, string display)
    {
        var parameters = new List<ParameterModel>(method.Parameters.Length);
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (MemberForm.IsByReference(parameter))
            {
                Fail(ShapeRules.ByReference, parameter, display, parameter.Name);
                continue;
            }

            if (CallEmitter.IsOwn(parameter.Name))
                Fail(ShapeRules.NameTaken, parameter, $"{display}({parameter.Name})", "a variable of the generated method that makes the call");

            ParameterKind kind = parameter.Type.IsToken() ? ParameterKind.Token
                : parameter.Attribute(RuntimeNames.FromServicesAttribute) is not null ? ParameterKind.Service
                : parameter.Type.IsStream() ? ParameterKind.Stream
                : parameter.Type.IsProgress() ? ParameterKind.Progress
                : ParameterKind.Value;
            ITypeSymbol? travelling = kind switch
            {
                ParameterKind.Stream or ParameterKind.Progress => ((INamedTypeSymbol)parameter.Type).TypeArguments[0],
                ParameterKind.Value => parameter.Type,
                _ => null,
            };
            ShapeRef? shape = travelling is null ? null : Shape(travelling, parameter.Name, display, parameter, takesReferences: kind == ParameterKind.Value);
            parameters.Add(new ParameterModel(
                parameter.Name,
                Escape(parameter.Name),
                parameter.Type.ToDisplayString(TypeNames.FullyQualified),
                kind,
                shape,
                Literals.Default(parameter),
                parameter.IsParams)
            {
                DefaultJson = Literals.DefaultJson(parameter),
            });
        }

        if (parameters.Count(p => p.Kind == ParameterKind.Token) > 1)
            Fail(ShapeRules.SeveralTokens, method, display);
        else if (IsTokenMisplaced(parameters) && method.Locations[0].IsInSource)
            sink.Add(ShapeRules.TokenPlace, method.Locations[0], display);
        return parameters;
    }

    // Services are absent for callers, and only a params array may follow everything else.
    private static bool IsTokenMisplaced(List<ParameterModel> parameters)
    {
        int token = parameters.FindIndex(static p => p.Kind == ParameterKind.Token);
        return token >= 0 && parameters.Skip(token + 1).Any(static p => p is { Travels: true, IsParams: false });
    }

    private ShapeRef Shape(ITypeSymbol travelling, string path, string display, ISymbol symbol, bool takesReferences = true)
    {
        if (memo.TryGet(travelling, out var known) && (takesReferences || !known.Shape.HoldsReferences))
        {
            Keep(known.Shapes);
            return known.Shape;
        }

        // One collector per mention: a type that cannot travel fails every member that mentions it, and leaves no half of its shapes behind.
        var collector = new ShapeCollector(compilation) { TakesReferences = takesReferences };
        ShapeRef shape = collector.Add(travelling, path);
        if (collector.Problems.Count == 0)
        {
            EquatableArray<TypeShape> shapes = collector.Shapes;
            Keep(shapes);
            if (!sink.IsReporting || ShapeAdvice.Give(collector, sink, TypeSyntaxes.Of(symbol), display))
                memo.Add(travelling, shape, shapes);
        }
        else
        {
            // A stub repeats the signature, so that generated code must be able to name its types. Another assembly's members get none: nobody reports them.
            _isRefused = true;
            _isAbsent |= !symbol.Locations.Any(static one => one.IsInSource) || collector.Problems.Any(problem => !CanBeNamed(problem.Type));
            if (symbol is IParameterSymbol parameter && ServiceTypes.IsMeant(parameter, collector.Problems))
                Report(ShapeRules.Service, symbol, display, parameter.Name, parameter.Type.ToDisplayString(TypeNames.Plain));
            else
                Report(collector.Problems, symbol, display);
        }

        return shape;
    }

    private bool CanBeNamed(ITypeSymbol type)
        => type is not { TypeKind: TypeKind.Error or TypeKind.Pointer or TypeKind.FunctionPointer } && type.IsAccessible(compilation);

    private void Begin()
    {
        _isAbsent = false;
        _isRefused = false;
    }

    private void Keep(EquatableArray<TypeShape> shapes)
    {
        foreach (TypeShape shape in shapes)
            _shapes[shape.Key] = shape;
    }

    private RemoteMemberModel? Formless(DiagnosticDescriptor rule, IMethodSymbol method, string display)
    {
        if (ReferenceEquals(rule, ShapeRules.ByReference))
        {
            foreach (IParameterSymbol parameter in method.Parameters.Where(MemberForm.IsByReference))
                Fail(rule, parameter, display, parameter.Name);
        }
        else
        {
            Fail(rule, method, display, ReferenceEquals(rule, ShapeRules.OpenGeneric)
                ? "write one method for each type that it is called with"
                : method.ReturnType.ToDisplayString(TypeNames.Plain));
        }

        return null;
    }

    private RemoteMemberModel? Fail(DiagnosticDescriptor rule, ISymbol symbol, params string[] arguments)
    {
        _isAbsent = true;
        Report(rule, symbol, arguments);
        return null;
    }

    private void Report(DiagnosticDescriptor rule, ISymbol symbol, params string[] arguments)
    {
        if (Place(symbol.Locations.FirstOrDefault(static one => one.IsInSource), symbol) is { } location)
            sink.Add(rule, location, arguments);
    }

    private void Report(IReadOnlyList<ShapeProblem> problems, ISymbol symbol, string display)
    {
        if (Place(TypeSyntaxes.Of(symbol), symbol) is not { } location)
            return;
        foreach (ShapeProblem problem in problems)
            sink.Add(problem.Rule, location, problem.Fault, display, problem.What, problem.Reason);
    }

    // Nobody can repair a class of another assembly: its members that cannot travel are absent from the proxy, where a use does not compile.
    private Location? Place(Location? location, ISymbol symbol)
        => location ?? (((symbol as IParameterSymbol)?.ContainingSymbol ?? symbol) is IMethodSymbol { MethodKind: MethodKind.Constructor } ? fallback : null);

    /// <summary>A name as code: escaped where it is a keyword.</summary>
    /// <param name="name">The name.</param>
    public static string Escape(string name)
        => SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None ? "@" + name : name;

    private static string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);
}
