using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Whether the rounds of a loop need what earlier rounds have received. Whatever is not plain counts as a need.</summary>
/// <param name="loop">The loop, <c>for</c> or <c>foreach</c>.</param>
/// <param name="first">The first remote call that is awaited in it.</param>
/// <param name="use">What is remote.</param>
/// <param name="project">The project's own assembly.</param>
internal sealed class LoopRounds(ILoopOperation loop, IAwaitOperation first, RemoteUse use, IAssemblySymbol project)
{
    // What outlives a round and is changed in it, and the places that change it. It may be read nowhere else: total += await ..., list.Add(await ...).
    private readonly HashSet<ISymbol> _changed = new(SymbolEqualityComparer.Default);
    private readonly HashSet<SyntaxNode> _changes = [];

    /// <summary>Whether a call is another one in each round, and could be made before the earlier ones have ended.</summary>
    /// <param name="call">The call.</param>
    public bool AreIndependent(IInvocationOperation call)
    {
        foreach (IOperation operation in loop.Descendants())
        {
            bool isUnderstood = operation switch
            {
                IAssignmentOperation assignment => OnAssignment(assignment.Target, assignment is ICompoundAssignmentOperation),
                IIncrementOrDecrementOperation step => OnAssignment(step.Target, isCompound: true),
                IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: var given }
                    => given is IDeclarationExpressionOperation or IDiscardOperation || IsOfRound(given),
                IInvocationOperation invocation => OnInvocation(invocation),
                _ => true,
            };
            if (!isUnderstood)
                return false;
        }

        return call.Descendants().Any(one => one is ILocalReferenceOperation { Local: var local } && loop.Declares(local)) && !IsChangeRead();
    }

    private bool OnAssignment(IOperation target, bool isCompound)
    {
        if (target is ITupleOperation tuple)
            return tuple.Elements.All(element => OnAssignment(element, isCompound));
        if (target is IDiscardOperation or IDeclarationExpressionOperation || target.Parent?.Parent is IObjectOrCollectionInitializerOperation)
            return true;
        if (Root(target) is not { } root)
            return false;

        // The counter of a `for` goes from round to round, and may change only where that is said.
        if (IsCounter(root))
            return loop is IForLoopOperation { AtLoopBottom: var bottom } && bottom.Any(one => one.Syntax.Span.Contains(target.Syntax.Span));
        if (loop.Declares(root))
        {
            // A variable of the round may stand for an object that other rounds have as well, and then see what this one wrote.
            return target is ILocalReferenceOperation or IParameterReferenceOperation
                || (target is IMemberReferenceOperation { Instance: ILocalReferenceOperation, Member: var member } && Changes(member, target));
        }

        return (isCompound || IsElement(target)) && Changes(root, target);
    }

    // Behind the call, whatever is called may keep what was received in the objects that it has.
    private bool OnInvocation(IInvocationOperation invocation)
    {
        if (use.IsCall(invocation.TargetMethod) || invocation.Syntax.Span.End <= first.Syntax.Span.End || IsOfObject(invocation))
            return true;
        if (invocation.Instance is IInstanceReferenceOperation receiver)
            return receiver.ReferenceKind != InstanceReferenceKind.ContainingTypeInstance;
        if (invocation.Instance is { } instance && IsMutable(instance) && !OnUse(instance))
            return false;
        return invocation.Arguments.All(argument => !IsMutable(RemoteUse.Unwrapped(argument.Value)) || OnUse(RemoteUse.Unwrapped(argument.Value)));

        static bool IsOfObject(IInvocationOperation one) => one.TargetMethod.Name is "ConfigureAwait" or "ToString" or "Equals" or "GetHashCode";
    }

    private bool OnUse(IOperation used)
        => used is IAwaitOperation or IObjectCreationOperation or IArrayCreationOperation or IDelegateCreationOperation or ICollectionExpressionOperation
        || (Root(used) is { } root && (loop.Declares(root) || Changes(root, used)));

    private bool Changes(ISymbol root, IOperation place)
    {
        _changed.Add(root);
        _changes.Add(place.Syntax);
        return true;
    }

    private bool IsChangeRead()
    {
        if (_changed.Count == 0)
            return false;
        bool isState = _changed.Any(static one => one is IFieldSymbol or IPropertySymbol);
        foreach (IOperation operation in loop.Descendants())
        {
            if (isState && operation is IInvocationOperation { TargetMethod: var method }
                && !use.IsCall(method) && SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, project))
            {
                return true;
            }

            ISymbol? read = operation switch
            {
                ILocalReferenceOperation reference => reference.Local,
                IParameterReferenceOperation reference => reference.Parameter,
                IMemberReferenceOperation reference => reference.Member,
                _ => null,
            };
            if (read is not null && _changed.Contains(read) && !IsInChange(operation) && !IsOfItem(operation))
                return true;
        }

        return false;
    }

    // Each round of a foreach has another item.
    private bool IsOfItem(IOperation operation) => loop is IForEachLoopOperation
        && operation is IMemberReferenceOperation { Instance: ILocalReferenceOperation { Local: var local } } && loop.Locals.Contains(local, SymbolEqualityComparer.Default);

    // In the index of an element that is changed, it is read.
    private bool IsInChange(IOperation operation)
    {
        for (IOperation? at = operation; at is not null; at = at.Parent)
        {
            if (_changes.Contains(at.Syntax))
                return true;
            bool isInside = at.Parent switch
            {
                IMemberReferenceOperation { Instance: var instance } => instance == at,
                IArrayElementReferenceOperation { ArrayReference: var array } => array == at,
                IInvocationOperation { Instance: var instance } => instance == at,
                IConversionOperation or IParenthesizedOperation => true,
                _ => false,
            };
            if (!isInside)
                return false;
        }

        return false;
    }

    private bool IsOfRound(IOperation operation) => Root(operation) is { } root && loop.Declares(root) && !IsCounter(root);

    private bool IsCounter(ISymbol symbol)
        => loop is IForLoopOperation && symbol is ILocalSymbol local && loop.Locals.Contains(local, SymbolEqualityComparer.Default);

    private static bool IsElement(IOperation target) => target is IArrayElementReferenceOperation or IPropertyReferenceOperation { Property.IsIndexer: true };

    private static bool IsMutable(IOperation value)
        => value is { Type: { IsReferenceType: true, SpecialType: not SpecialType.System_String }, ConstantValue.HasValue: false } and not ITypeOfOperation;

    // The variable, field or property that an expression begins with; null for anything else.
    private static ISymbol? Root(IOperation? operation)
    {
        while (true)
        {
            switch (operation)
            {
                case ILocalReferenceOperation reference:
                    return reference.Local;
                case IParameterReferenceOperation reference:
                    return reference.Parameter;
                case IMemberReferenceOperation { Instance: null or IInstanceReferenceOperation } reference:
                    return reference.Member;
                case IMemberReferenceOperation reference:
                    operation = reference.Instance;
                    break;
                case IArrayElementReferenceOperation element:
                    operation = element.ArrayReference;
                    break;
                case IInvocationOperation { Instance: { } instance }:
                    operation = instance;
                    break;
                case IConversionOperation conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation inside:
                    operation = inside.Operand;
                    break;
                default:
                    return null;
            }
        }
    }
}
