using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>
/// Remote calls that wait for one another, round by round of a loop, though none needs another's result. This is advice, and so it is given only where that
/// is plain: calls with a result that is used, in loops that always go to their end and wait for nothing else.
/// </summary>
internal static class SerialCalls
{
    /// <summary>Looks at an <c>await</c>.</summary>
    public static void OnAwait(OperationAnalysisContext context, RemoteUse use)
    {
        var wait = (IAwaitOperation)context.Operation;
        if (CallOf(wait, use) is { } call && Loops.Around(wait) is { } loop && !use.IsRemoteCode(context.ContainingSymbol)
            && IsOverItems(loop) && loop.Body.Syntax.Span.Contains(wait.Syntax.Span) && FirstIn(loop, use)?.Syntax == wait.Syntax
            && new LoopRounds(loop, wait, use, context.Compilation.Assembly).AreIndependent(call))
        {
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Serial, call.Syntax.GetLocation(), RemoteUse.NameOf(call)));
        }
    }

    // `while` asks again and again until something has happened; so does `for` without a condition.
    private static bool IsOverItems(ILoopOperation loop) => loop is IForEachLoopOperation { IsAsynchronous: false } or IForLoopOperation { Condition: not null };

    // The call that is awaited, if it has a result that is used: without one it is there for its effects, and they may have an order.
    private static IInvocationOperation? CallOf(IAwaitOperation wait, RemoteUse use)
        => wait.Parent is not (IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation })
            && wait.Type is { SpecialType: not SpecialType.System_Void }
            && RemoteUse.Unwrapped(wait.Operation) is IInvocationOperation call && use.IsFunctionCall(call.TargetMethod)
                ? call
                : null;

    // The first to be done: one in an argument of another comes before that. None if the loop ends early, or does something else that takes time.
    private static IAwaitOperation? FirstIn(ILoopOperation loop, RemoteUse use)
    {
        IAwaitOperation? first = null;
        foreach (IOperation operation in Loops.OwnDescendants(loop))
        {
            switch (operation)
            {
                case IAwaitOperation wait when CallOf(wait, use) is not null:
                    if (first is null || wait.Syntax.Span.End < first.Syntax.Span.End)
                        first = wait;
                    break;
                case IAwaitOperation or IForEachLoopOperation { IsAsynchronous: true }:
                case IUsingOperation { IsAsynchronous: true } or IUsingDeclarationOperation { IsAsynchronous: true }:
                case IInvocationOperation { TargetMethod: { Name: "Sleep", ContainingType.Name: "Thread" } }:
                case { Type: { Name: "Stopwatch", ContainingNamespace.Name: "Diagnostics" } }:
                case IInvocationOperation { TargetMethod: { Name: "Read" or "ReadKey" or "ReadLine", ContainingType.Name: "Console" } }:
                case IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke or MethodKind.LocalFunction }:
                case { } left when loop.IsLeftBy(left):
                    return null;
            }
        }

        return first;
    }
}
