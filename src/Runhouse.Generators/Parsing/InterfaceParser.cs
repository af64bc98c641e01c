using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Finds the interfaces of a remote class that its proxy can implement: those whose members are all asynchronous.</summary>
/// <param name="type">The class.</param>
/// <param name="bySymbol">The remote member behind each symbol.</param>
/// <param name="kept">The remote members that the proxy has.</param>
internal sealed class InterfaceParser(INamedTypeSymbol type, Dictionary<ISymbol, RemoteMemberModel> bySymbol, List<RemoteMemberModel> kept)
{
    private readonly HashSet<ulong> _ids = [.. kept.Select(m => m.Id)];

    /// <summary>The interfaces, in ordinal order.</summary>
    public EquatableArray<InterfaceModel> Parse()
    {
        var models = new Dictionary<INamedTypeSymbol, InterfaceModel>(SymbolEqualityComparer.Default);
        foreach (INamedTypeSymbol contract in type.AllInterfaces)
        {
            if (!IsAsyncDisposable(contract) && Read(contract) is { } model)
                models.Add(contract, model);
        }

        return new(models
            .Where(m => m.Key.AllInterfaces.All(b => IsAsyncDisposable(b) || models.ContainsKey(b)))
            .Select(m => m.Value)
            .OrderBy(m => m.TypeName, StringComparer.Ordinal));
    }

    private InterfaceModel? Read(INamedTypeSymbol contract)
    {
        var methods = new List<InterfaceMethodModel>();
        foreach (ISymbol symbol in contract.GetMembers())
        {
            if (symbol is INamedTypeSymbol)
                continue;
            if (symbol is not IMethodSymbol { MethodKind: MethodKind.Ordinary, IsStatic: false, IsGenericMethod: false } method)
                return null;
            ISymbol? implementation = type.FindImplementationForInterfaceMember(method);
            if (!method.IsAbstract && SymbolEqualityComparer.Default.Equals(implementation, method))
                continue;
            if (KnownTypes.Classify(method.ReturnType, out _).IsSynchronous()
                || implementation is null
                || !bySymbol.TryGetValue(implementation, out RemoteMemberModel? member)
                || !_ids.Contains(member.Id))
            {
                return null;
            }

            methods.Add(new InterfaceMethodModel(
                "@" + method.Name,
                method.ReturnType.ToDisplayString(TypeNames.FullyQualified),
                new(method.Parameters.Select(p => new InterfaceParameterModel("@" + p.Name, p.Type.ToDisplayString(TypeNames.FullyQualified), p.Type.IsToken()))),
                member.Id));
        }

        return new InterfaceModel(contract.ToDisplayString(TypeNames.FullyQualified), new(methods));
    }

    private static bool IsAsyncDisposable(INamedTypeSymbol contract) => contract.Is("System", "IAsyncDisposable");
}
