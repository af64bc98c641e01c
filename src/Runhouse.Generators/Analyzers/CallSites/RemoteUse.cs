using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>What is a remote call in calling code, and what is not calling code. Made once per compilation.</summary>
internal sealed class RemoteUse
{
    private const string Generator = "Runhouse.Generators";

    // Asked of the method and the type of every call in the project, and answered by reading attributes.
    private readonly ConcurrentDictionary<IMethodSymbol, bool> _functions = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, bool> _generated = new(SymbolEqualityComparer.Default);
    private readonly Lazy<HashSet<INamedTypeSymbol>> _remoteBases;
    private readonly RemoteCode _remote;
    private readonly bool _plainCalls;
    private readonly INamedTypeSymbol? _object;
    private readonly INamedTypeSymbol? _generatedCode;

    public RemoteUse(RemoteCode remote, AnalyzerOptions options)
    {
        _remote = remote;
        _remoteBases = new(RemoteBases);
        _plainCalls = !options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.RunhouseTransparentCalls", out string? set)
            || !string.Equals(set, "false", StringComparison.OrdinalIgnoreCase);
        _object = remote.Compilation.GetTypeByMetadataName("Runhouse.RemoteObject");
        _generatedCode = remote.Compilation.GetTypeByMetadataName("System.CodeDom.Compiler.GeneratedCodeAttribute");
    }

    /// <summary>Whether plain calls of remote functions are redirected: the project may have said no.</summary>
    public bool PlainCallsAreRemote => _plainCalls;

    /// <summary>Whether a class is remote.</summary>
    public bool IsRemoteClass(INamedTypeSymbol type) => _remote.IsRemoteClass(type);

    /// <summary>Whether a remote class of this project derives from a class, and has its code with it.</summary>
    public bool IsBaseOfRemoteClass(INamedTypeSymbol type) => _remoteBases.Value.Contains(type.OriginalDefinition);

    /// <summary>Whether a method is a remote function whose plain calls are redirected.</summary>
    public bool IsFunction(IMethodSymbol method) => _plainCalls && method.IsStatic && _functions.GetOrAdd(method.OriginalDefinition, _remote.IsRemoteFunction);

    /// <summary>Whether a call of a method is a remote one: of a remote function, or of something that was generated for one.</summary>
    public bool IsCall(IMethodSymbol method) => IsFunction(method) || (IsGenerated(method.ContainingType) && IsAsynchronous(method.ReturnType));

    /// <summary>Whether a call of a method is one of a remote function, plain or through its type's placement.</summary>
    public bool IsFunctionCall(IMethodSymbol method) => IsFunction(method)
        || (method is { ContainingType.IsValueType: true, ReturnType: INamedTypeSymbol { TypeArguments: var results } } && IsCall(method) && !results.Any(IsProxy));

    /// <summary>The name of what a call calls, as messages say it: of what goes through a placement, as it is written, <c>Jobs.Remote.AddAsync</c>.</summary>
    public static string NameOf(IInvocationOperation call)
    {
        IOperation? receiver = call.Instance;
        while (receiver is IInvocationOperation { TargetMethod.Name: "On" or "With" or "Needing" or "InProcess" or "Named" } step)
            receiver = step.Instance;
        string type = receiver is IPropertyReferenceOperation { Property: { Name: "Remote", IsStatic: true } } remote
            ? remote.Syntax.ToString()
            : call.TargetMethod.ContainingType.Name;
        return (type.Length > 0 ? type + "." : "") + call.TargetMethod.Name;
    }

    /// <summary>Whether an operation makes a proxy, <c>await X.RemoteAsync(...)</c>; of one with a name, nobody need hold the handle.</summary>
    public bool MakesAnonymousProxy(IOperation value)
    {
        if (value is not IAwaitOperation { Operation: { } awaited } || Unwrapped(awaited) is not IInvocationOperation call || !IsGenerated(call.TargetMethod.ContainingType))
            return false;
        bool isProxy = call.TargetMethod.Name is "RemoteAsync" or "CreateAsync"
            && call.TargetMethod.ReturnType is INamedTypeSymbol { TypeArguments: { Length: 1 } proxy } && IsProxy(proxy[0]);
        for (IOperation? receiver = call.Instance; isProxy && receiver is IInvocationOperation { Instance: var next } step; receiver = next)
            isProxy = step.TargetMethod.Name != "Named";
        return isProxy;
    }

    /// <summary>Whether an operation gets a reference, <c>await Jobs.PrepareAsync(...)</c>.</summary>
    public bool GetsReference(IOperation value) => value is IAwaitOperation { Operation: { } awaited, Type: { } type }
        && Unwrapped(awaited) is IInvocationOperation call && ShapeCollector.ReferencedType(type) is not null && IsCall(call.TargetMethod);

    /// <summary>Whether a type is a generated proxy.</summary>
    public bool IsProxy(ITypeSymbol type) => _object is not null && SymbolEqualityComparer.Default.Equals(type.BaseType, _object);

    /// <summary>Whether code belongs to remote code: there, calls are made by the worker, and run in place where they can.</summary>
    public bool IsRemoteCode(ISymbol? symbol)
    {
        for (; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if ((symbol is IMethodSymbol method && _remote.IsRemoteFunction(method)) || (symbol is INamedTypeSymbol type && (_remote.IsRemoteClass(type) || IsGenerated(type))))
                return true;
        }

        return false;
    }

    /// <summary>The call behind <c>ConfigureAwait</c> and <c>AsTask</c>.</summary>
    public static IOperation Unwrapped(IOperation operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IInvocationOperation { Instance: { } inner, TargetMethod.Name: "ConfigureAwait" or "AsTask" or "Preserve" }:
                    operation = inner;
                    break;
                case IConversionOperation { IsImplicit: true, Operand: { } operand }:
                    operation = operand;
                    break;
                case IParenthesizedOperation { Operand: { } inside }:
                    operation = inside;
                    break;
                default:
                    return operation;
            }
        }
    }

    private bool IsGenerated(INamedTypeSymbol? type) => type is not null && _generated.GetOrAdd(type.OriginalDefinition, IsMarkedGenerated);

    private bool IsMarkedGenerated(INamedTypeSymbol type)
    {
        foreach (AttributeData attribute in type.GetAttributes())
        {
            if (SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, _generatedCode) && attribute.ConstructorArguments.FirstOrDefault().Value is Generator)
                return true;
        }

        return IsGenerated(type.ContainingType);
    }

    private HashSet<INamedTypeSymbol> RemoteBases()
    {
        var bases = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        var left = new Stack<INamespaceOrTypeSymbol>([_remote.Compilation.Assembly.GlobalNamespace]);
        while (left.Count > 0)
        {
            INamespaceOrTypeSymbol at = left.Pop();
            foreach (INamespaceOrTypeSymbol inner in at is INamespaceSymbol space ? space.GetMembers() : at.GetTypeMembers())
                left.Push(inner);
            if (at is not INamedTypeSymbol type || !IsRemoteClass(type))
                continue;
            for (INamedTypeSymbol? above = type.BaseType; above is not null; above = above.BaseType)
                bases.Add(above.OriginalDefinition);
        }

        return bases;
    }

    private static bool IsAsynchronous(ITypeSymbol type) => type.Is("System.Threading.Tasks", "Task") || type.Is("System.Threading.Tasks", "Task`1")
        || type.Is("System.Threading.Tasks", "ValueTask") || type.Is("System.Threading.Tasks", "ValueTask`1") || type.Is("System.Collections.Generic", "IAsyncEnumerable`1");
}
