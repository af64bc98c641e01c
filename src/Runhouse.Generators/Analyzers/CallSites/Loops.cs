using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>What loops repeat.</summary>
internal static class Loops
{
    /// <summary>The innermost loop of the same function that runs an operation in each of its rounds; null when there is none.</summary>
    /// <param name="operation">The operation.</param>
    public static ILoopOperation? Around(IOperation operation)
    {
        IOperation from = operation;
        for (IOperation? at = operation.Parent; at is not (null or IAnonymousFunctionOperation or ILocalFunctionOperation); from = at, at = at.Parent)
        {
            // What a loop begins with, it does once.
            bool isRepeated = at switch
            {
                IForLoopOperation { Before: var before } => !before.Contains(from),
                IForEachLoopOperation { Body: var body } => from == body,
                _ => true,
            };
            if (at is ILoopOperation loop && isRepeated)
                return loop;
        }

        return null;
    }

    /// <summary>Whether a variable is declared in a loop: by its header or in its body.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="variable">A local variable or a parameter.</param>
    public static bool Declares(this ILoopOperation loop, ISymbol variable)
    {
        foreach (SyntaxReference declared in variable.DeclaringSyntaxReferences)
        {
            if (declared.SyntaxTree == loop.Syntax.SyntaxTree && loop.Syntax.Span.Contains(declared.Span))
                return true;
        }

        return false;
    }

    /// <summary>Whether an operation ends a loop early: leaves it, or its function, or throws. Functions inside of the loop are their own.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="operation">Something in it.</param>
    public static bool IsLeftBy(this ILoopOperation loop, IOperation operation) => operation switch
    {
        IReturnOperation or IThrowOperation => true,
        IBranchOperation { BranchKind: BranchKind.GoTo } => true,
        IBranchOperation { BranchKind: BranchKind.Break, Target: var target } => SymbolEqualityComparer.Default.Equals(target, loop.ExitLabel),
        _ => false,
    };

    /// <summary>What is in an operation, without the functions in it.</summary>
    /// <param name="operation">The operation.</param>
    public static IEnumerable<IOperation> OwnDescendants(IOperation operation)
    {
        var left = new Stack<IOperation>([operation]);
        while (left.Count > 0)
        {
            foreach (IOperation child in left.Pop().ChildOperations)
            {
                yield return child;
                if (child is not (IAnonymousFunctionOperation or ILocalFunctionOperation))
                    left.Push(child);
            }
        }
    }
}
