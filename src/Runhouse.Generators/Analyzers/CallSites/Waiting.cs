using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>How calling code waits for remote calls: with a blocked thread, or without the token that it has.</summary>
internal static class Waiting
{
    /// <summary>The property of a diagnostic with the token in scope.</summary>
    public const string Token = nameof(Token);

    /// <summary>The property of a diagnostic with the name of the parameter that takes it.</summary>
    public const string Parameter = nameof(Parameter);

    /// <summary>Looks at <c>task.Result</c>.</summary>
    public static void OnProperty(OperationAnalysisContext context, RemoteUse use)
    {
        var reference = (IPropertyReferenceOperation)context.Operation;
        if (reference is { Property.Name: "Result", Instance: { } task })
            Blocks(context, use, task);
    }

    /// <summary>Looks at <c>task.Wait()</c>, <c>task.GetAwaiter().GetResult()</c>, and at calls that take a token.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IInvocationOperation)context.Operation;
        switch (invocation)
        {
            case { TargetMethod.Name: "Wait", Instance: { } task } when task.Type.Is("System.Threading.Tasks", "Task") || task.Type.Is("System.Threading.Tasks", "Task`1"):
                Blocks(context, use, task);
                break;
            case { TargetMethod.Name: "GetResult", Instance: IInvocationOperation { TargetMethod.Name: "GetAwaiter", Instance: { } awaited } }:
                Blocks(context, use, awaited);
                break;
            default:
                Passes(context, use, invocation);
                break;
        }
    }

    private static void Blocks(OperationAnalysisContext context, RemoteUse use, IOperation task)
    {
        if (RemoteUse.Unwrapped(task) is not IInvocationOperation call || !use.IsCall(call.TargetMethod) || use.IsRemoteCode(context.ContainingSymbol))
            return;
        string name = RemoteUse.NameOf(call);
        context.ReportDiagnostic(Diagnostic.Create(
            CallSiteRules.Blocking,
            context.Operation.Syntax.GetLocation(),
            IsWaitable(task, call)
                ? $"blocks its thread for the whole trip of '{name}', and with it the pool's when many do so"
                : $"throws while '{name}' is under way, because its ValueTask can be awaited and not waited for"));
    }

    // A ValueTask has no wait of its own; the Task that AsTask makes of it has.
    private static bool IsWaitable(IOperation task, IInvocationOperation call)
    {
        for (IOperation? at = task; at is not null && at != call; at = at.ChildOperations.FirstOrDefault())
        {
            if (at is IInvocationOperation { TargetMethod.Name: "AsTask" or "Preserve" })
                return true;
        }

        return !call.Type.Is("System.Threading.Tasks", "ValueTask") && !call.Type.Is("System.Threading.Tasks", "ValueTask`1");
    }

    private static void Passes(OperationAnalysisContext context, RemoteUse use, IInvocationOperation call)
    {
        // A creation or an attachment is mostly over before anybody cancels it.
        if (!use.IsCall(call.TargetMethod) || call.TargetMethod.Name is "AttachAsync" or "CreateAsync" or "RemoteAsync" || call.Parent is IInvocationOperation { TargetMethod.Name: "WithCancellation" } || use.IsRemoteCode(context.ContainingSymbol))
            return;
        IArgumentOperation? left = call.Arguments.FirstOrDefault(static one => one.ArgumentKind == ArgumentKind.DefaultValue && one.Parameter!.Type.IsToken());

        // As an extension: `call.WithCancellation(token)` has the call as its first argument.
        if (left is null || (call.Parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "WithCancellation" } }) || InScope(context, call) is not { } token)
            return;
        context.ReportDiagnostic(Diagnostic.Create(
            CallSiteRules.Token,
            call.Syntax.GetLocation(),
            ImmutableDictionary<string, string?>.Empty.Add(Token, token).Add(Parameter, left.Parameter!.Name),
            RemoteUse.NameOf(call),
            token));
    }

    private static string? InScope(OperationAnalysisContext context, IOperation operation)
    {
        for (IOperation? at = operation.Parent; at is not null; at = at.Parent)
        {
            IMethodSymbol? function = at switch
            {
                IAnonymousFunctionOperation lambda => lambda.Symbol,
                ILocalFunctionOperation local => local.Symbol,
                _ => null,
            };
            if (function is null)
                continue;
            if (TokenOf(function) is { } own)
                return own;
            if (function.IsStatic)
                return null;
        }

        return context.ContainingSymbol is IMethodSymbol method ? TokenOf(method) : null;
    }

    private static string? TokenOf(IMethodSymbol function) => function.Parameters.FirstOrDefault(static one => one.Type.IsToken())?.Name is { Length: > 0 } name and not "_" ? name : null;
}
