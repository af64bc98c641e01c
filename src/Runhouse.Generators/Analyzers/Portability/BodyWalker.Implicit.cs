using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Runhouse.Generators.Analyzers.Portability;

/// <content>Members that code calls without naming them: operators, patterns, and what the language's statements ask of a type.</content>
internal sealed partial class BodyWalker
{
    /// <inheritdoc/>
    public override void VisitBinaryOperator(IBinaryOperation operation)
    {
        OnMethod(operation.OperatorMethod);
        if (operation is { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String })
        {
            OnText(operation.LeftOperand);
            OnText(operation.RightOperand);
        }

        base.VisitBinaryOperator(operation);
    }

    /// <inheritdoc/>
    public override void VisitUnaryOperator(IUnaryOperation operation)
    {
        OnMethod(operation.OperatorMethod);
        base.VisitUnaryOperator(operation);
    }

    /// <inheritdoc/>
    public override void VisitConversion(IConversionOperation operation)
    {
        OnMethod(operation.OperatorMethod);
        base.VisitConversion(operation);
    }

    /// <inheritdoc/>
    public override void VisitCompoundAssignment(ICompoundAssignmentOperation operation)
    {
        OnMethod(operation.OperatorMethod);
        if (operation.Type is { SpecialType: SpecialType.System_String })
            OnText(operation.Value);
        base.VisitCompoundAssignment(operation);
    }

    /// <inheritdoc/>
    public override void VisitIncrementOrDecrement(IIncrementOrDecrementOperation operation)
    {
        OnMethod(operation.OperatorMethod);
        base.VisitIncrementOrDecrement(operation);
    }

    /// <inheritdoc/>
    public override void VisitEventAssignment(IEventAssignmentOperation operation)
    {
        if (operation.EventReference is IEventReferenceOperation { Event: var changed })
            OnMethod(operation.Adds ? changed.AddMethod : changed.RemoveMethod);
        base.VisitEventAssignment(operation);
    }

    /// <inheritdoc/>
    public override void VisitAwait(IAwaitOperation operation)
    {
        OnImplicit(operation.Operation.Type, "GetAwaiter");
        if (operation.Operation.Type is { } awaited)
        {
            foreach (IMethodSymbol method in awaited.GetMembers("GetAwaiter").OfType<IMethodSymbol>())
                OnImplicit(method.ReturnType, "GetResult");
        }

        base.VisitAwait(operation);
    }

    /// <inheritdoc/>
    public override void VisitDeconstructionAssignment(IDeconstructionAssignmentOperation operation)
    {
        OnImplicit(operation.Value.Type, "Deconstruct");
        base.VisitDeconstructionAssignment(operation);
    }

    /// <inheritdoc/>
    public override void VisitRecursivePattern(IRecursivePatternOperation operation)
    {
        OnMethod(operation.DeconstructSymbol as IMethodSymbol);
        base.VisitRecursivePattern(operation);
    }

    /// <inheritdoc/>
    public override void VisitListPattern(IListPatternOperation operation)
    {
        OnSymbol(operation.LengthSymbol);
        OnSymbol(operation.IndexerSymbol);
        base.VisitListPattern(operation);
    }

    /// <inheritdoc/>
    public override void VisitSlicePattern(ISlicePatternOperation operation)
    {
        OnSymbol(operation.SliceSymbol);
        base.VisitSlicePattern(operation);
    }

    /// <inheritdoc/>
    public override void VisitImplicitIndexerReference(IImplicitIndexerReferenceOperation operation)
    {
        OnSymbol(operation.LengthSymbol);
        OnSymbol(operation.IndexerSymbol);
        base.VisitImplicitIndexerReference(operation);
    }

    /// <inheritdoc/>
    public override void VisitWith(IWithOperation operation)
    {
        if (operation.Type is INamedTypeSymbol { IsRecord: true } record)
        {
            foreach (IMethodSymbol constructor in record.InstanceConstructors)
            {
                if (constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, record))
                    OnMethod(constructor);
            }
        }

        base.VisitWith(operation);
    }

    /// <inheritdoc/>
    public override void VisitCollectionExpression(ICollectionExpressionOperation operation)
    {
        OnMethod(operation.ConstructMethod);
        base.VisitCollectionExpression(operation);
    }

    /// <inheritdoc/>
    public override void VisitInterpolation(IInterpolationOperation operation)
    {
        OnText(operation.Expression);
        base.VisitInterpolation(operation);
    }

    /// <inheritdoc/>
    public override void VisitUsing(IUsingOperation operation)
    {
        IOperation resource = operation.Resources;
        ITypeSymbol? type = resource is IVariableDeclarationGroupOperation group ? group.Declarations.FirstOrDefault()?.Declarators.FirstOrDefault()?.Symbol.Type : resource.Type;
        OnImplicit(type, "Dispose", "DisposeAsync");
        base.VisitUsing(operation);
    }

    /// <inheritdoc/>
    public override void VisitUsingDeclaration(IUsingDeclarationOperation operation)
    {
        OnImplicit(operation.DeclarationGroup.Declarations.FirstOrDefault()?.Declarators.FirstOrDefault()?.Symbol.Type, "Dispose", "DisposeAsync");
        base.VisitUsingDeclaration(operation);
    }

    /// <inheritdoc/>
    public override void VisitForEachLoop(IForEachLoopOperation operation)
    {
        IOperation collection = operation.Collection is IConversionOperation conversion ? conversion.Operand : operation.Collection;
        OnImplicit(collection.Type, "GetEnumerator", "GetAsyncEnumerator");
        base.VisitForEachLoop(operation);
    }

    private void OnMethod(IMethodSymbol? method)
    {
        if (method is not null)
            OnCall(method);
    }

    private void OnSymbol(ISymbol? symbol) => OnMethod(symbol as IMethodSymbol ?? (symbol as IPropertySymbol)?.GetMethod);

    private void OnText(IOperation operand) => OnImplicit(operand is IConversionOperation { OperatorMethod: null, Operand: var inner } ? inner.Type : operand.Type, "ToString");

    private void OnImplicit(ITypeSymbol? type, params ReadOnlySpan<string> names)
    {
        if (type is not INamedTypeSymbol { TypeKind: not TypeKind.Interface } named || !IsOurs(named))
            return;
        foreach (string name in names)
        {
            foreach (IMethodSymbol method in named.GetMembers(name).OfType<IMethodSymbol>())
                node.Call(method);
        }
    }
}
