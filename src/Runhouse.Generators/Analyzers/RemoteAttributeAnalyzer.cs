using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Runhouse.Generators.Analyzers;

/// <summary>Reads what a <c>[Remote]</c> attribute is set to.</summary>
public abstract class RemoteAttributeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (RemoteCode.In(start.Compilation) is { } remote)
                start.RegisterOperationAction(operation => OnOperation(operation, remote), OperationKind.Attribute);
        });
    }

    /// <summary>Looks at the settings of one attribute.</summary>
    /// <param name="context">Where to report.</param>
    /// <param name="settings">Those that are constants, in the order in which they are written.</param>
    private protected abstract void OnAttribute(OperationAnalysisContext context, IReadOnlyList<Setting> settings);

    private protected static void Report(OperationAnalysisContext context, DiagnosticDescriptor rule, Location place, params string[] arguments)
        => context.ReportDiagnostic(Diagnostic.Create(rule, place, arguments));

    private void OnOperation(OperationAnalysisContext context, RemoteCode remote)
    {
        if (((IAttributeOperation)context.Operation).Operation is not IObjectCreationOperation { Initializer: { } values, Type: INamedTypeSymbol type } || !remote.IsAttribute(type))
            return;
        var settings = new List<Setting>();
        foreach (IOperation value in values.Initializers)
        {
            if (value is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: { } name }, Value: { ConstantValue: { HasValue: true, Value: var constant }, Syntax: { } syntax } })
                settings.Add(new Setting(name, constant, syntax.GetLocation()));
        }

        OnAttribute(context, settings);
    }

    /// <summary>A property of the attribute that is set.</summary>
    /// <param name="Name">The property's name.</param>
    /// <param name="Value">What it is set to.</param>
    /// <param name="Place">Where the value is written.</param>
    private protected sealed record Setting(string Name, object? Value, Location Place);
}
