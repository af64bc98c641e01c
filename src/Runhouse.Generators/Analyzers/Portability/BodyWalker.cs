using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Walks a member's code once and notes what is suspicious in it and what it reaches.</summary>
/// <param name="portability">What is known of the compilation.</param>
/// <param name="node">The member.</param>
internal sealed partial class BodyWalker(PortabilityModel portability, MemberNode node) : OperationWalker
{
    private readonly List<Use> _uses = [];
    private bool _isGuarded;
    private bool _showsInterface;

    /// <summary>Walks the code and adds what it found to the member.</summary>
    /// <param name="blocks">The code.</param>
    public void Walk(IEnumerable<IOperation> blocks)
    {
        foreach (IOperation block in blocks)
            Visit(block);

        // A question for the system anywhere in the member: whoever asks it knows what runs where.
        node.Uses.AddRange(_isGuarded || IsForOneSystem(node.Symbol) ? _uses.Where(static use => !use.IsOfPlatform) : _uses);
    }

    /// <inheritdoc/>
    public override void VisitInvocation(IInvocationOperation operation)
    {
        IMethodSymbol method = operation.TargetMethod;
        OnMember(method, operation, isWrite: false);
        OnCall(method);
        OnArguments(method, operation.Arguments);
        OnEnvironment(operation);
        OnProcess(operation);
        bool isRegistration = method.ContainingNamespace is { } space && space.ToString() is "Microsoft.Extensions.DependencyInjection" or "Microsoft.Extensions.DependencyInjection.Extensions";
        foreach (ITypeSymbol argument in method.TypeArguments)
        {
            if (argument is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } type || !IsOurs(type))
                continue;
            node.Name(type);
            if (!isRegistration)
                continue;
            foreach (IMethodSymbol constructor in type.InstanceConstructors)
                node.Call(constructor);
        }

        base.VisitInvocation(operation);
    }

    /// <inheritdoc/>
    public override void VisitObjectCreation(IObjectCreationOperation operation)
    {
        if (operation.Constructor is { } constructor)
        {
            OnMember(constructor, operation, isWrite: false);
            OnCall(constructor);
            OnArguments(constructor, operation.Arguments);
        }

        base.VisitObjectCreation(operation);
    }

    /// <inheritdoc/>
    public override void VisitMethodReference(IMethodReferenceOperation operation)
    {
        OnMember(operation.Method, operation, isWrite: false);
        OnCall(operation.Method);
        base.VisitMethodReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitPropertyReference(IPropertyReferenceOperation operation)
    {
        IPropertySymbol property = operation.Property;
        Access access = Accesses.Of(operation);
        OnMember(property, operation, access == Access.Write);
        if (IsOurs(property.ContainingType))
        {
            if (access != Access.Write && property.GetMethod is { } getter)
                OnCall(getter);
            if (access != Access.Read && property.SetMethod is { } setter)
                OnCall(setter);
            if (property.IsStatic && portability.IsAutomatic(property))
                OnState(property, operation, access);
        }

        OnAmbient(operation, access);
        OnMainModule(operation);
        base.VisitPropertyReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitFieldReference(IFieldReferenceOperation operation)
    {
        IFieldSymbol field = operation.Field;
        if (!field.IsConst && IsOurs(field.ContainingType))
        {
            if (field.IsStatic)
            {
                node.Touch(field.ContainingType);
                OnState(field, operation, Accesses.Of(operation));
            }
        }
        else
        {
            _isGuarded |= TargetPlatforms.IsGuard(field);
        }

        base.VisitFieldReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitTypeOf(ITypeOfOperation operation)
    {
        if (operation.TypeOperand is INamedTypeSymbol type && IsOurs(type))
            node.Name(type);
    }

    /// <inheritdoc/>
    public override void VisitNameOf(INameOfOperation operation)
    {
        // Names are the same everywhere.
    }

    /// <inheritdoc/>
    public override void VisitAttribute(IAttributeOperation operation)
    {
        // Never run by the code that it stands on.
    }

    private void Add(DiagnosticDescriptor rule, IOperation place, string what, UseKind kind = UseKind.Reached, ISymbol? symbol = null)
        => _uses.Add(new Use(kind, rule, place.Syntax, what, symbol));

    private bool IsOurs(INamedTypeSymbol? type) => type is not null && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, portability.Assembly);

    private void OnCall(IMethodSymbol method)
    {
        if (method.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction or MethodKind.DelegateInvoke || !IsOurs(method.ContainingType))
            return;
        node.Call(method);
        if (method.IsStatic || method.MethodKind == MethodKind.Constructor)
            node.Touch(method.ContainingType);
    }
}
