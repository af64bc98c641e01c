using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Shape;

/// <summary>Remote code without a remote form, and types that cannot travel: what the generator's own parser leaves out, and why.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ShapeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. ShapeRules.All, .. SerializableRules.All, .. SnapshotRules.All];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is not { } remote)
                return;
            var memo = new ShapeMemo();
            start.RegisterSymbolAction(symbol => OnType(symbol, remote, memo), SymbolKind.NamedType);
            start.RegisterSyntaxNodeAction(file => OnFile(file, memo), SyntaxKind.CompilationUnit);
            start.RegisterOperationAction(operation => OnFunction(operation, remote), OperationKind.LocalFunction, OperationKind.AnonymousFunction);
            start.RegisterOperationAction(EntryPointUse.OnProperty, OperationKind.PropertyReference);
            start.RegisterOperationAction(EntryPointUse.OnInvocation, OperationKind.Invocation);
        });
    }

    private static void OnType(SymbolAnalysisContext context, RemoteCode remote, ShapeMemo memo)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        AttributeData? attribute = type.TypeKind == TypeKind.Class ? remote.AttributeOf(type) : null;
        ProblemSink? sink = null;
        bool isKept = false;
        if (attribute is null && type is { TypeKind: TypeKind.Class, IsSealed: true } && type.AllInterfaces.Any(SnapshotParser.IsSnapshot) && !remote.IsMadeRemote(type))
            new ProblemSink(context.ReportDiagnostic).Add(SnapshotRules.NotRemote, type.Locations[0], type.Name);
        if (attribute is not null)
        {
            sink = new ProblemSink(context.ReportDiagnostic);
            isKept = RemoteClassParser.Parse(type, attribute, context.Compilation, PlaceOf(type, attribute), sink, memo).Models.Count > 0;
            NumbersOf(attribute, null, type.Name, sink, context.CancellationToken);
            if (isKept)
            {
                UnreachableMembers.Report(type, sink);
                if (UnreachableMembers.HasNone(type))
                    sink.Add(ShapeRules.Memberless, PlaceOf(type, attribute), type.Name);
            }
        }

        Dictionary<string, (RemoteMemberModel Model, IMethodSymbol Symbol)>? functions = null;
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is not IMethodSymbol method || remote.AttributeOf(method) is not { } own)
                continue;
            sink ??= new ProblemSink(context.ReportDiagnostic);
            NumbersOf(own, attribute, type.Name + "." + method.Name, sink, context.CancellationToken);
            if (method.MethodKind != MethodKind.Ordinary)
            {
                sink.Add(ShapeRules.Ineffective, method.Locations[0], "'" + method.ToDisplayString(TypeNames.Plain) + "'", "only ordinary methods are called remotely: call one from it");
                continue;
            }

            if (!method.IsStatic && attribute is not null && method.DeclaredAccessibility != Accessibility.Public)
                sink.Add(ShapeRules.Ineffective, method.Locations[0], "'" + type.Name + "." + method.Name + "'", "callers only reach public methods of a remote class: make it public");
            EquatableArray<ParsedFunction> parsed = RemoteFunctionParser.Parse(method, own, context.Compilation, sink, memo).Models;
            if (parsed.Count == 0)
                continue;
            RemoteMemberModel model = parsed[0].Member;
            functions ??= new(StringComparer.Ordinal);
            if (functions.TryGetValue(model.ProxySignature, out var same))
                sink.Add(ShapeRules.Collision, method.Locations[0], same.Symbol, model.DisplayName, same.Model.DisplayName, model.ProxyName);
            else
                functions.Add(model.ProxySignature, (model, method));
        }

        if (sink is not null && (isKept || functions is not null))
            EntryPoints.Report(type, isKept, functions is not null, sink);
    }

    private static void OnFile(SyntaxNodeAnalysisContext context, ShapeMemo memo)
    {
        if (!((CompilationUnitSyntax)context.Node).AttributeLists.Any())
            return;
        foreach (AttributeData attribute in context.Compilation.Assembly.GetAttributes())
        {
            if (attribute.ApplicationSyntaxReference is not { } reference || reference.SyntaxTree != context.Node.SyntaxTree)
                continue;
            string? name = attribute.AttributeClass is { } type ? (type.IsGenericType ? type.OriginalDefinition : type).ToDisplayString(TypeNames.Stable) : null;
            if (name == RuntimeNames.RemoteStartupAttribute)
            {
                StartupParser.Parse(attribute, context.Compilation, new ProblemSink(context.ReportDiagnostic));
            }
            else if (name == "Runhouse.RemoteAttribute<T>" && attribute.AttributeClass!.TypeArguments[0] is INamedTypeSymbol foreign)
            {
                var sink = new ProblemSink(context.ReportDiagnostic);
                RemoteClassParser.Parse(foreign, attribute, context.Compilation, Location.Create(reference.SyntaxTree, reference.Span), sink, memo);
                NumbersOf(attribute, null, foreign.Name, sink, context.CancellationToken);
            }
        }
    }

    private static void OnFunction(OperationAnalysisContext context, RemoteCode remote)
    {
        IMethodSymbol function = context.Operation is ILocalFunctionOperation local ? local.Symbol : ((IAnonymousFunctionOperation)context.Operation).Symbol;
        if (remote.AttributeOf(function) is not { } attribute)
            return;
        Location place = attribute.ApplicationSyntaxReference is { } reference
            ? Location.Create(reference.SyntaxTree, reference.Span)
            : context.Operation.Syntax.GetLocation();
        string what = context.Operation is ILocalFunctionOperation ? "'" + function.Name + "'" : "a lambda";
        new ProblemSink(context.ReportDiagnostic).Add(ShapeRules.Ineffective, place, what, "only methods of types are called remotely: make it a static method");
    }

    private static void NumbersOf(AttributeData attribute, AttributeData? ofClass, string display, ProblemSink sink, CancellationToken cancellationToken)
    {
        foreach (string name in (string[])["Concurrency", "Retries"])
        {
            int number = ContainingTypeParser.Number(attribute, name);
            if (number < 0)
                sink.Add(ShapeRules.Negative, ArgumentOf(attribute, name, cancellationToken), display, name, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
            else if (number > 0 && name == "Retries" && !ContainingTypeParser.IsIdempotent(attribute) && !ContainingTypeParser.IsIdempotent(ofClass))
                sink.Add(ShapeRules.NotIdempotent, ArgumentOf(attribute, name, cancellationToken), display, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static Location? ArgumentOf(AttributeData attribute, string name, CancellationToken cancellationToken)
    {
        var syntax = attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken) as AttributeSyntax;
        SyntaxNode? argument = syntax?.ArgumentList?.Arguments.FirstOrDefault(one => one.NameEquals?.Name.Identifier.ValueText == name);
        return (argument ?? syntax)?.GetLocation();
    }

    // Of a partial class, the part with the attribute.
    private static Location PlaceOf(INamedTypeSymbol type, AttributeData attribute)
        => type.Locations.FirstOrDefault(one => one.SourceTree == attribute.ApplicationSyntaxReference?.SyntaxTree) ?? type.Locations[0];
}
