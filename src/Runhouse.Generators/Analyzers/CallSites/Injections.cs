using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Interfaces that are to be served by a remote class, and that its proxy does not implement.</summary>
internal static class Injections
{
    /// <summary>Looks at <c>AddRemote&lt;TInterface, TClass&gt;()</c>.</summary>
    public static void OnInvocation(OperationAnalysisContext context)
    {
        IMethodSymbol method = ((IInvocationOperation)context.Operation).TargetMethod;
        if (method is not { Name: "AddRemote", TypeArguments: [INamedTypeSymbol { TypeKind: TypeKind.Interface } contract, INamedTypeSymbol type] } || !method.ContainingType.Is("Runhouse", "RunhouseBuilder"))
            return;
        ContainingTypeModel names = ContainingTypeParser.Parse(type);
        if (context.Compilation.GetTypeByMetadataName(names.Namespace.Length == 0 ? names.Proxy : names.Namespace + "." + names.Proxy) is { } proxy
            && !proxy.AllInterfaces.Contains(contract, SymbolEqualityComparer.Default))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                CallSiteRules.Injection, context.Operation.Syntax.GetLocation(), type.Name, contract.ToDisplayString(TypeNames.Plain)));
        }
    }
}
