using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <content>Members of libraries that are not what they are here.</content>
internal sealed partial class BodyWalker
{
    private readonly HashSet<ILocalSymbol> _thisProcess = new(SymbolEqualityComparer.Default);

    private void OnMember(ISymbol member, IOperation operation, bool isWrite)
    {
        ISymbol definition = member is IMethodSymbol method ? CallGraph.Definition(method) : member.OriginalDefinition;
        INamedTypeSymbol type = member.ContainingType;
        if (portability.Known.Find(definition) is { } known)
        {
            if (known.WritesOnly == isWrite)
                Add(known.Rule, operation, known.Name);
        }
        else if (portability.Known.IsOfRequest(type.OriginalDefinition) || IsContextOfCaller(type, operation))
        {
            Add(PortabilityRules.Request, operation, MemberNames.Of(member));
        }
        else if (!_showsInterface && portability.Known.IsUserInterface(type))
        {
            // Once for each member: what follows is more of the same.
            _showsInterface = true;
            Add(PortabilityRules.UserInterface, operation, MemberNames.Of(member));
        }

        // The accessors of a property may differ: Console.WindowWidth can be read everywhere, and set on Windows.
        if (TargetPlatforms.IsGuard(definition))
            _isGuarded = true;
        else if (member is IMethodSymbol native && IsOurs(type) && portability.Platforms.LacksLibraryOf(native) is { } lacking)
            AddOfPlatform(PortabilityRules.NativeLibrary, operation, member, lacking);
        else if (portability.Platforms.Excludes(AccessorOf(definition, isWrite)) is { } system)
            AddOfPlatform(PortabilityRules.Platform, operation, member, system);
        else if (portability.Natives is { } natives)
            OnNative(natives, member, operation);
    }

    // A native method of this compilation, or a member of a package whose assembly has such methods.
    private void OnNative(NativeAssets natives, ISymbol member, IOperation operation)
    {
        IAssemblySymbol? package = IsOurs(member.ContainingType) ? null : member.ContainingAssembly;
        string? lacking = package is not null ? natives.Lacks(package) : member is IMethodSymbol method && TargetPlatforms.LibraryOf(method) is { } library ? natives.Lacks(library) : null;
        if (lacking is not null)
            _uses.Add(new Use(UseKind.Reached, PortabilityRules.NativeAsset, operation.Syntax, MemberNames.Of(member), package) { System = lacking });
    }

    private static ISymbol AccessorOf(ISymbol member, bool isWrite)
        => member is IPropertySymbol property ? (isWrite ? property.SetMethod : property.GetMethod) ?? member : member;

    private void AddOfPlatform(DiagnosticDescriptor rule, IOperation operation, ISymbol member, string system)
        => _uses.Add(new Use(UseKind.Reached, rule, operation.Syntax, MemberNames.Of(member)) { System = system });

    // A body that says itself on which system it runs is judged where it is called.
    private bool IsForOneSystem(ISymbol member) => portability.Platforms.Excludes(member) is not null;

    // A context that is passed along is that of a request which this code serves; one in a field came with an object.
    private bool IsContextOfCaller(INamedTypeSymbol type, IOperation operation)
        => portability.Known.HttpContext is { } context && SymbolEqualityComparer.Default.Equals(type, context)
            && operation is IPropertyReferenceOperation { Instance: IFieldReferenceOperation { Field.IsStatic: false, Instance: IInstanceReferenceOperation } };

    private void OnProcess(IInvocationOperation operation)
    {
        IMethodSymbol method = operation.TargetMethod;
        if (!SymbolEqualityComparer.Default.Equals(method.ContainingType, portability.Known.Process))
            return;
        if (method.Name is "Kill" or "CloseMainWindow" && IsThisProcess(operation.Instance))
            Add(PortabilityRules.ProcessEnd, operation, "Process." + method.Name);
    }

    private void OnMainModule(IPropertyReferenceOperation operation)
    {
        if (operation.Property.Name == "MainModule" && SymbolEqualityComparer.Default.Equals(operation.Property.ContainingType, portability.Known.Process) && IsThisProcess(operation.Instance))
            Add(PortabilityRules.Program, operation, "Process.MainModule");
    }

    private bool IsThisProcess(IOperation? instance) => instance switch
    {
        IInvocationOperation { TargetMethod: { Name: "GetCurrentProcess" } method } => SymbolEqualityComparer.Default.Equals(method.ContainingType, portability.Known.Process),
        ILocalReferenceOperation local => _thisProcess.Contains(local.Local),
        _ => false,
    };

    private void OnEnvironment(IInvocationOperation operation)
    {
        IMethodSymbol method = operation.TargetMethod;
        if (method.Name == "GetEnvironmentVariable" && SymbolEqualityComparer.Default.Equals(method.ContainingType, portability.Known.Environment)
            && operation.Arguments.FirstOrDefault(static one => one.Parameter?.Ordinal == 0)?.Value.ConstantValue is { HasValue: true, Value: string name }
            && !EnvironmentDeclarations.IsOnEveryHost(name))
            Add(PortabilityRules.EnvironmentVariable, operation, name, UseKind.Environment);
    }
}
