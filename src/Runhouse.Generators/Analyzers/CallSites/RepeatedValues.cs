using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Large values that a loop sends again in each round, though they stay the same.</summary>
internal static class RepeatedValues
{
    // In bytes. What is filled at run time is often large; what somebody has written out hardly ever is.
    private const long LargeBuffer = 1 << 20;
    private const long LargeLiteral = 1 << 16;

    /// <summary>Looks at the arguments of a remote call.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Arguments.IsEmpty || !use.IsCall(call.TargetMethod) || Loops.Around(call) is not { } loop || IsLast(call) || use.IsRemoteCode(context.ContainingSymbol))
            return;
        foreach (IArgumentOperation argument in call.Arguments)
        {
            IOperation value = RemoteUse.Unwrapped(argument.Value);
            if (argument.ArgumentKind == ArgumentKind.DefaultValue || value.Type is null)
                continue;
            long size = Size(value, loop, use, context.CancellationToken);
            if (size == 0)
                continue;
            context.ReportDiagnostic(Diagnostic.Create(
                CallSiteRules.Repeated,
                value.Syntax.GetLocation(),
                value is ILocalReferenceOperation { Local.Name: var name } ? $"'{name}'" : "The literal",
                size >= 1 << 20 ? $"{size >> 20} MiB" : $"{size >> 10} KiB",
                RemoteUse.NameOf(call),
                value.Type.ToMinimalDisplayString(call.SemanticModel!, value.Syntax.SpanStart)));
        }
    }

    // 0 for what is small, or unknown, or another value in each round.
    private static long Size(IOperation value, ILoopOperation loop, RemoteUse use, CancellationToken cancellationToken)
    {
        if (value is not ILocalReferenceOperation { Local: { HasConstantValue: false } local, Type: IArrayTypeSymbol })
            return Written(value);
        if (loop.Declares(local) || local.DeclaringSyntaxReferences.FirstOrDefault() is not { } declared
            || loop.SemanticModel!.GetOperation(declared.GetSyntax(cancellationToken), cancellationToken) is not IVariableDeclaratorOperation declarator
            || declarator.GetVariableInitializer()?.Value is not { } initial)
        {
            return 0;
        }

        initial = RemoteUse.Unwrapped(initial);
        long size = Math.Max(Written(initial), Made(initial));
        return size > 0 && StaysTheSame(local, loop, use) ? size : 0;
    }

    private static long Made(IOperation value)
    {
        if (value is not IArrayCreationOperation { Initializer: null, Type: IArrayTypeSymbol { ElementType: var element } } array)
            return 0;
        long size = SizeOf(element);
        foreach (IOperation length in array.DimensionSizes)
            size *= length.ConstantValue is { HasValue: true, Value: int count } ? count : 0;
        return size >= LargeBuffer ? size : 0;
    }

    private static long Written(IOperation value)
    {
        long size = value switch
        {
            { ConstantValue: { HasValue: true, Value: string text } } => text.Length,
            IArrayCreationOperation { Initializer.ElementValues: var elements } => elements.Sum(Element),
            ICollectionExpressionOperation { Elements: var elements } => elements.Sum(Element),
            _ => 0,
        };
        return size >= LargeLiteral ? size : 0;

        static long Element(IOperation one) => one switch
        {
            IArrayInitializerOperation { ElementValues: var inner } => inner.Sum(Element),
            { ConstantValue: { HasValue: true, Value: var constant } } => constant is string text ? text.Length : SizeOf(one.Type),
            _ => 0,
        };
    }

    private static long SizeOf(ITypeSymbol? type) => (type is INamedTypeSymbol { EnumUnderlyingType: { } number } ? number : type)?.SpecialType switch
    {
        SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte => 1,
        SpecialType.System_Char or SpecialType.System_Int16 or SpecialType.System_UInt16 => 2,
        SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single => 4,
        SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_Double or SpecialType.System_DateTime => 8,
        SpecialType.System_Decimal => 16,
        _ => 0,
    };

    // In the loop it is read and sent; before it, filled by its elements and by whom it is passed to. Whoever else has it may change it at any time.
    private static bool StaysTheSame(ILocalSymbol local, ILoopOperation loop, RemoteUse use)
    {
        IOperation root = loop;
        while (root.Parent is { } above)
            root = above;
        foreach (IOperation operation in root.Descendants())
        {
            if (operation is not ILocalReferenceOperation reference || !SymbolEqualityComparer.Default.Equals(reference.Local, local))
                continue;
            bool isInLoop = loop.Syntax.Span.Contains(reference.Syntax.Span);
            IOperation? user = reference.Parent;
            while (user is IConversionOperation { IsImplicit: true })
                user = user.Parent;
            bool isRead = user switch
            {
                IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => false,
                IArgumentOperation { Parent: IInvocationOperation call } => isInLoop ? use.IsCall(call.TargetMethod) : IsDoneWithIt(call),
                IArrayElementReferenceOperation element => !isInLoop || IsRead(element),
                IPropertyReferenceOperation => true,
                IForEachLoopOperation => true,
                IInvocationOperation => !isInLoop,
                _ => false,
            };
            if (!isRead || (!isInLoop && IsInOtherFunction(reference, loop)))
                return false;
        }

        return true;
    }

    // Filled, and no more: what returns a view of it, runs on, or may keep it in an object, may change it later.
    private static bool IsDoneWithIt(IInvocationOperation call)
    {
        bool isReader = call.Instance is null || call.TargetMethod.Name is "NextBytes" || call.TargetMethod.Name.StartsWith("Read", StringComparison.Ordinal);
        return isReader && (call.Parent is IAwaitOperation || call.TargetMethod.ReturnsVoid || call.TargetMethod.ReturnType.SpecialType != SpecialType.None);
    }

    private static bool IsRead(IArrayElementReferenceOperation element) => element.Parent switch
    {
        IAssignmentOperation assignment => assignment.Target != element,
        IIncrementOrDecrementOperation or ITupleOperation or IArgumentOperation { Parameter.RefKind: not RefKind.None } => false,
        _ => element.Type is { IsValueType: true },
    };

    private static bool IsInOtherFunction(IOperation operation, ILoopOperation loop)
    {
        for (IOperation? at = operation.Parent; at is not null; at = at.Parent)
        {
            if (at is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return !at.Syntax.Span.Contains(loop.Syntax.Span);
        }

        return false;
    }

    // As in a retry: with the call's result, the loop is left.
    private static bool IsLast(IInvocationOperation call)
    {
        IOperation statement = call;
        while (statement.Parent is { } parent and not IBlockOperation)
            statement = parent;
        return Leaves(statement) || (statement.Parent is IBlockOperation { Operations: var all } && all.Skip(all.IndexOf(statement) + 1).Any(Leaves));

        static bool Leaves(IOperation one)
            => one is IReturnOperation { Kind: not OperationKind.YieldReturn } or IBranchOperation { BranchKind: BranchKind.Break or BranchKind.GoTo };
    }
}
