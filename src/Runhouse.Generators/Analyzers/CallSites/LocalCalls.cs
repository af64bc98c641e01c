using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.CallSites;

/// <summary>Code that looks like a remote call, or like a remote object, and is local.</summary>
internal static class LocalCalls
{
    /// <summary>The property of a diagnostic with the name of the class's proxy, where an object like this one can be made remotely.</summary>
    public const string Proxy = nameof(Proxy);

    /// <summary>The property of a diagnostic with the name of the ordinary class that has the entry point.</summary>
    public const string Entry = nameof(Entry);

    /// <summary>The property of a diagnostic that says, if it is there, that the remote class has the entry point as an extension.</summary>
    public const string OnType = nameof(OnType);

    /// <summary>Looks at a delegate of a method.</summary>
    public static void OnMethodReference(OperationAnalysisContext context, RemoteUse use)
    {
        var reference = (IMethodReferenceOperation)context.Operation;
        if (use.IsFunction(reference.Method) && reference.Parent is not INameOfOperation)
        {
            string type = reference.Method.ContainingType.Name;
            context.ReportDiagnostic(Diagnostic.Create(
                CallSiteRules.MethodGroup, reference.Syntax.GetLocation(), $"{type}.{reference.Method.Name}", $"{type}.Remote.{reference.Method.Name}"));
        }
    }

    /// <summary>Looks at a call whose method is chosen at run time.</summary>
    public static void OnDynamicInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IDynamicInvocationOperation)context.Operation;
        if (invocation.Operation is not IDynamicMemberReferenceOperation { ContainingType: INamedTypeSymbol type, MemberName: { } name } || use.IsRemoteCode(context.ContainingSymbol))
            return;
        if (type.GetMembers(name).OfType<IMethodSymbol>().Any(use.IsFunction))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Dynamic, invocation.Syntax.GetLocation(), $"{type.Name}.{name}"));
    }

    /// <summary>Looks at a call in an expression tree, and at one through <c>base</c>.</summary>
    public static void OnInvocation(OperationAnalysisContext context, RemoteUse use)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (invocation.Instance?.Syntax is BaseExpressionSyntax)
            OnBase(context, use, invocation.TargetMethod);
        if (!use.IsFunction(invocation.TargetMethod) || use.IsRemoteCode(context.ContainingSymbol))
            return;
        for (IOperation? at = invocation.Parent; at is not null; at = at.Parent)
        {
            if (at is IConversionOperation or IDelegateCreationOperation && at.Type.Is("System.Linq.Expressions", "Expression`1"))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    CallSiteRules.ExpressionTree, invocation.Syntax.GetLocation(), $"{invocation.TargetMethod.ContainingType.Name}.{invocation.TargetMethod.Name}"));
                return;
            }
        }
    }

    /// <summary>Looks at a property that is used through <c>base</c>.</summary>
    public static void OnProperty(OperationAnalysisContext context, RemoteUse use)
    {
        var reference = (IPropertyReferenceOperation)context.Operation;
        if (reference is { Instance.Syntax: BaseExpressionSyntax, Property.IsIndexer: false })
            OnBase(context, use, reference.Property);
    }

    /// <summary>Looks at <c>new</c>.</summary>
    public static void OnCreation(OperationAnalysisContext context, RemoteUse use)
    {
        var creation = (IObjectCreationOperation)context.Operation;
        if (creation.Type is not INamedTypeSymbol type || !use.IsRemoteClass(type) || use.IsRemoteCode(context.ContainingSymbol))
            return;

        // Made for a base class, or where a container asks for one: whoever writes that knows what is made.
        if (creation.Parent is IConversionOperation { Type: { } target } && !SymbolEqualityComparer.Default.Equals(target, type))
            return;
        for (IOperation? at = creation.Parent; at is not null; at = at.Parent)
        {
            if (at is IAnonymousFunctionOperation)
                return;
        }

        context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Local, creation.Syntax.GetLocation(), EntryPointOf(creation, type), type.Name));
    }

    // A service is not an argument of the entry point, and its objects have no initializer.
    private static ImmutableDictionary<string, string?> EntryPointOf(IObjectCreationOperation creation, INamedTypeSymbol type)
    {
        ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty;
        if (creation is not { Initializer: null, Constructor: { } constructor }
            || constructor.Parameters.Any(static one => one.Attribute(RuntimeNames.FromServicesAttribute) is not null))
        {
            return properties;
        }

        ContainingTypeModel model = ContainingTypeParser.Parse(type);
        properties = properties.Add(Proxy, NameOf(model.Proxy)).Add(Entry, NameOf(model.Entry));
        bool isOnType = !model.HidesRemoteAsync && creation.Syntax.SyntaxTree.Options is CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp14 };
        return isOnType ? properties.Add(OnType, "") : properties;

        string NameOf(string emitted) => model.Namespace.Length == 0 ? emitted : model.Namespace + "." + emitted;
    }

    // [Remote] is not inherited: a class derived from a remote one is an ordinary class of calling code, with a local object of its own.
    private static void OnBase(OperationAnalysisContext context, RemoteUse use, ISymbol member)
    {
        bool isRemoteMember = member.DeclaredAccessibility == Accessibility.Public && member.Name is not ("Dispose" or "DisposeAsync") && !IsOfObject(member);
        if (!isRemoteMember || use.IsRemoteCode(context.ContainingSymbol))
            return;
        INamedTypeSymbol type = context.ContainingSymbol.ContainingType;
        INamedTypeSymbol? remote = type.BaseType;
        while (remote is not null && !use.IsRemoteClass(remote))
        {
            // Declared on the way by an ordinary class: not a member of the remote one, or its own form of it.
            if (SymbolEqualityComparer.Default.Equals(remote, member.ContainingType))
                return;
            remote = remote.BaseType;
        }

        if (remote is not null && !use.IsBaseOfRemoteClass(type))
            context.ReportDiagnostic(Diagnostic.Create(CallSiteRules.Base, context.Operation.Syntax.GetLocation(), member.Name, remote.Name, type.Name));
    }

    private static bool IsOfObject(ISymbol member)
    {
        var method = member as IMethodSymbol;
        while (method?.OverriddenMethod is { } overridden)
            method = overridden;
        return method?.ContainingType.SpecialType == SpecialType.System_Object;
    }
}
