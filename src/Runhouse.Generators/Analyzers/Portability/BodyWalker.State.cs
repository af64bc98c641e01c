using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <content>Static state, and values of a thread or a flow.</content>
internal sealed partial class BodyWalker
{
    // What initializers and static constructors write is the same in every process.
    private bool IsInitializing => node.Symbol is IFieldSymbol or IPropertySymbol or IMethodSymbol { MethodKind: MethodKind.StaticConstructor };

    private void OnState(ISymbol state, IOperation reference, Access access)
    {
        if (state is IPropertySymbol { SetMethod: null } || IsAmbient(((state as IFieldSymbol)?.Type ?? (state as IPropertySymbol)?.Type)?.OriginalDefinition))
            return;
        if (state is IFieldSymbol field)
        {
            if (field.IsReadOnly)
                return;
            if (portability.IsThreadStatic(field))
            {
                Ambient(field, reference, access);
                return;
            }
        }

        string what = MemberNames.Of(state);
        if (access != Access.Read && IsInitializing)
            return;
        UseKind kind = access switch
        {
            Access.Read => UseKind.Read,
            Access.Fill => UseKind.LazyWrite,
            _ => UseKind.Write,
        };
        Add(kind == UseKind.Read ? PortabilityRules.CallerState : PortabilityRules.StaticState, reference, what, kind, state.OriginalDefinition);
    }

    // local.Value, of AsyncLocal<T> and ThreadLocal<T> in a field or property of ours.
    private void OnAmbient(IPropertyReferenceOperation operation, Access access)
    {
        if (operation.Property.Name != "Value" || operation.Instance is not IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol } holder || !IsOurs(holder.Member.ContainingType))
            return;
        if (IsAmbient(operation.Property.ContainingType.OriginalDefinition))
            Ambient(holder.Member, operation, access);
    }

    private bool IsAmbient(ITypeSymbol? type)
        => type is not null && (SymbolEqualityComparer.Default.Equals(type, portability.Known.AsyncLocal) || SymbolEqualityComparer.Default.Equals(type, portability.Known.ThreadLocal));

    private void Ambient(ISymbol holder, IOperation reference, Access access)
        => Add(PortabilityRules.AmbientState, reference, MemberNames.Of(holder), access == Access.Read ? UseKind.AmbientRead : UseKind.AmbientWrite, holder.OriginalDefinition);

    /// <inheritdoc/>
    public override void VisitFieldInitializer(IFieldInitializerOperation operation)
    {
        foreach (IFieldSymbol field in operation.InitializedFields)
            OnInitializer(field, operation.Value);
        base.VisitFieldInitializer(operation);
    }

    /// <inheritdoc/>
    public override void VisitPropertyInitializer(IPropertyInitializerOperation operation)
    {
        foreach (IPropertySymbol property in operation.InitializedProperties)
            OnInitializer(property, operation.Value);
        base.VisitPropertyInitializer(operation);
    }

    private void OnInitializer(ISymbol member, IOperation value)
    {
        if (value is IConversionOperation conversion)
            value = conversion.Operand;
        if (value.Type?.SpecialType == SpecialType.System_String && TextOf(value, out _) is { } text)
            portability.Graph.BeginsWith(member, text);
        if (value is IObjectCreationOperation { Constructor: { } constructor } && !constructor.Parameters.Any(static one => one.Type.TypeKind == TypeKind.Delegate)
            && SymbolEqualityComparer.Default.Equals(constructor.ContainingType.OriginalDefinition, portability.Known.ThreadLocal))
            portability.Graph.HasNoFactory(member);
    }
}
