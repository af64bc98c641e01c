using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Tells reads of fields and properties from writes.</summary>
internal static class Accesses
{
    /// <summary>What the code around a reference does with it.</summary>
    /// <param name="reference">The reference.</param>
    public static Access Of(IOperation reference)
    {
        IOperation at = reference;

        // A field of a struct in a field is part of that field; a tuple on the left is taken apart.
        while (at.Parent is IFieldReferenceOperation { Instance: { Type.IsValueType: true } instance } outer && instance == at)
            at = outer;
        IOperation target = at;
        while (target.Parent is ITupleOperation or IDeclarationExpressionOperation)
            target = target.Parent;
        return target.Parent switch
        {
            IDeconstructionAssignmentOperation deconstruction when deconstruction.Target == target => Access.Write,
            ISimpleAssignmentOperation assignment when assignment.Target == at => IsGuarded(assignment, reference) ? Access.Fill : Access.Write,
            ICoalesceAssignmentOperation coalesce when coalesce.Target == at => Access.Fill,
            ICompoundAssignmentOperation compound when compound.Target == at => Access.Change,
            IIncrementOrDecrementOperation => Access.Change,
            IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => OfArgument(argument),
            _ => Access.Read,
        };
    }

    private static Access OfArgument(IArgumentOperation argument)
    {
        if (argument.Parent is not IInvocationOperation { TargetMethod: var method } call)
            return Access.Change;
        return method switch
        {
            { Name: "Read", ContainingType.Name: "Interlocked" or "Volatile" } => Access.Read,
            { ContainingType.Name: "LazyInitializer" } => Access.Fill,
            { Name: "CompareExchange", ContainingType.Name: "Interlocked" } when call.Arguments.Any(static one => one.Parameter?.Name == "comparand" && IsNothing(one.Value)) => Access.Fill,
            _ => Access.Change,
        };
    }

    // if (_table is null) { _table = ...; }, if (!_ready) { _table = ...; _ready = true; }, and the same with an early return.
    private static bool IsGuarded(IOperation write, IOperation reference)
    {
        INamedTypeSymbol? owner = (reference as IMemberReferenceOperation)?.Member.ContainingType;
        IOperation inner = write;
        for (IOperation? at = write.Parent; at is not null; inner = at, at = at.Parent)
        {
            if (at is IConditionalOperation conditional && conditional.Condition != inner && AsksForValue(conditional.Condition, owner))
                return true;
            if (at is not IBlockOperation block)
                continue;
            foreach (IOperation earlier in block.Operations)
            {
                if (earlier == inner)
                    break;
                if (earlier is IConditionalOperation { WhenFalse: null } exit && Returns(exit.WhenTrue) && AsksForValue(exit.Condition, owner))
                    return true;
            }
        }

        return false;
    }

    private static bool Returns(IOperation operation) => operation is IReturnOperation || (operation is IBlockOperation { Operations: [IReturnOperation] });

    private static bool AsksForValue(IOperation condition, INamedTypeSymbol? owner) => condition switch
    {
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr } both => AsksForValue(both.LeftOperand, owner) || AsksForValue(both.RightOperand, owner),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } compared
            => (IsNothing(compared.RightOperand) && IsStateOf(compared.LeftOperand, owner)) || (IsNothing(compared.LeftOperand) && IsStateOf(compared.RightOperand, owner)),
        IIsPatternOperation pattern => IsStateOf(pattern.Value, owner),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => AsksForValue(not.Operand, owner),
        { Type.SpecialType: SpecialType.System_Boolean } => IsStateOf(condition, owner),
        _ => false,
    };

    private static bool IsStateOf(IOperation operation, INamedTypeSymbol? owner) => operation switch
    {
        IConversionOperation conversion => IsStateOf(conversion.Operand, owner),
        IInvocationOperation { TargetMethod: { Name: "Read", ContainingType.Name: "Volatile" }, Arguments: [{ Value: var read }] } => IsStateOf(read, owner),
        IMemberReferenceOperation { Member.IsStatic: true } member => SymbolEqualityComparer.Default.Equals(member.Member.ContainingType, owner),
        _ => false,
    };

    private static bool IsNothing(IOperation operation) => operation switch
    {
        IConversionOperation conversion => IsNothing(conversion.Operand),
        IDefaultValueOperation => true,
        _ => operation.ConstantValue is { HasValue: true, Value: null or 0 or false },
    };
}
