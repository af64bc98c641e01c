using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Binds invocations whose name is that of a remote function, and reads what their interceptors need. Files may be read at the same time.</summary>
/// <param name="compilation">The compilation that they are in.</param>
internal sealed class CallSiteParser(Compilation compilation)
{
    private readonly ConcurrentDictionary<IMethodSymbol, InterceptedFunction?> _functions = new(SymbolEqualityComparer.Default);

    /// <summary>The name that an invocation calls, or null when it has none to intercept. Looks at the text only.</summary>
    /// <param name="node">A node of the syntax tree.</param>
    public static string? InvokedName(SyntaxNode node) => node is not InvocationExpressionSyntax invocation
        ? null
        : invocation.Expression switch
        {
            // A call through `base` cannot be intercepted, nor does a static function have one.
            MemberAccessExpressionSyntax { Expression: not BaseExpressionSyntax, Name: IdentifierNameSyntax name } => name.Identifier.ValueText,
            IdentifierNameSyntax name => name.Identifier.ValueText,
            _ => null,
        };

    /// <summary>Reads the calls of a file that are of remote functions and can be intercepted.</summary>
    /// <param name="invocations">The invocations.</param>
    /// <param name="model">The semantic model of the file.</param>
    /// <param name="cancellationToken">Stops the compiler.</param>
    public IEnumerable<CallSite> Parse(IEnumerable<InvocationExpressionSyntax> invocations, SemanticModel model, CancellationToken cancellationToken)
        => invocations.Select(one => Parse(one, model, cancellationToken)).OfType<CallSite>();

    private CallSite? Parse(InvocationExpressionSyntax invocation, SemanticModel model, CancellationToken cancellationToken)
    {
        if (model.GetSymbolInfo(invocation, cancellationToken).Symbol is not IMethodSymbol { IsStatic: true, IsGenericMethod: false } method
            || FunctionOf(method) is not { } function
            || IsInExpressionTree(invocation, model, cancellationToken)
            || IsOwnBody(invocation, method, model, cancellationToken)
            || model.GetInterceptableLocation(invocation, cancellationToken) is not { } location)
        {
            return null;
        }

        return new CallSite(location.Version, location.Data, function);
    }

    private InterceptedFunction? FunctionOf(IMethodSymbol method) => _functions.GetOrAdd(method, one =>
    {
        bool isCallable = !one.ContainingType.IsGenericType && !one.ContainingType.IsExtension && !one.ContainingType.IsFileLocal && one.IsAccessible(compilation)
            && !one.ContainingType.IsObsoleteAsError();
        return isCallable && one.Attribute(RuntimeNames.RemoteAttribute) is { } attribute && MemberForm.Problem(one) is null ? Function(one, attribute) : null;
    });

    private static InterceptedFunction Function(IMethodSymbol method, AttributeData attribute)
    {
        ContainingTypeModel type = ContainingTypeParser.Parse(method.ContainingType);
        string parameters = string.Join(", ", method.Parameters.Select(static p => (p.IsParams ? "params " : "") + p.Type.ToDisplayString(TypeNames.FullyQualified) + " " + Name(p)));
        string local = $"{type.TypeName}.@{method.Name}({string.Join(", ", method.Parameters.Select(Name))})";
        string travelling = string.Join(", ", method.Parameters.Where(static p => p.Attribute(RuntimeNames.FromServicesAttribute) is null).Select(static p => Name(p)));

        ReturnKind returns = KnownTypes.Classify(method.ReturnType, out _);
        string wait = returns.IsSynchronous() ? ".AsTask().GetAwaiter().GetResult()" : "";
        string remote = $"default({type.Beside(type.Placement)}).{KnownTypes.RemoteName(method, returns)}({travelling}){wait}";
        return new(
            method.ReturnsVoid ? "void" : method.ReturnType.ToDisplayString(TypeNames.FullyQualified), parameters, local, remote, ContainingTypeParser.Needs(attribute));

        static string Name(IParameterSymbol parameter) => "@" + parameter.Name;
    }

    // A function that calls itself goes on where it runs.
    private static bool IsOwnBody(SyntaxNode node, IMethodSymbol method, SemanticModel model, CancellationToken cancellationToken)
        => node.Ancestors().OfType<MethodDeclarationSyntax>().FirstOrDefault() is { } declaration
            && SymbolEqualityComparer.Default.Equals(model.GetDeclaredSymbol(declaration, cancellationToken), method);

    private static bool IsInExpressionTree(SyntaxNode node, SemanticModel model, CancellationToken cancellationToken)
    {
        foreach (SyntaxNode ancestor in node.Ancestors())
        {
            if (ancestor is LambdaExpressionSyntax lambda && model.GetTypeInfo(lambda, cancellationToken).ConvertedType.Is("System.Linq.Expressions", "Expression`1"))
                return true;
            if (ancestor is QueryExpressionSyntax query
                && model.GetTypeInfo(query.FromClause.Expression, cancellationToken).Type is { } source
                && (source.Is("System.Linq", "IQueryable`1") || source.AllInterfaces.Any(static one => one.Is("System.Linq", "IQueryable`1"))))
            {
                return true;
            }

            if (ancestor is MemberDeclarationSyntax)
                return false;
        }

        return false;
    }
}
