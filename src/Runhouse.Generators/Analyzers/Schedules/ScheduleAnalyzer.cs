using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Schedules;

/// <summary>When <c>[Remote]</c> wants code to run by itself, and whether that code can.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ScheduleAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ScheduleRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RemoteCode.In(start.Compilation) is { } remote)
                start.RegisterOperationAction(operation => OnAttribute(operation, remote), OperationKind.Attribute);
        });
    }

    private static void OnAttribute(OperationAnalysisContext context, RemoteCode remote)
    {
        if (((IAttributeOperation)context.Operation).Operation is not IObjectCreationOperation { Initializer: { } values, Type: INamedTypeSymbol type } || !remote.IsAttribute(type))
            return;
        foreach (IOperation value in values.Initializers)
        {
            if (value is not ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: { } name }, Value: { ConstantValue: { HasValue: true, Value: string text }, Syntax: { } syntax } })
                continue;
            Location place = syntax.GetLocation();
            if (name == "Schedule")
                Schedule(context, text, place);
            else if (name == "TimeZone" && !KnownTimeZones.Has(text))
                Report(context, ScheduleRules.UnknownTimeZone, place, text, KnownTimeZones.Nearest(text) is { } nearest ? $": did you mean '{nearest}'?" : ": write an IANA id, like 'Europe/Vienna' or 'UTC'");
        }
    }

    private static void Schedule(OperationAnalysisContext context, string text, Location place)
    {
        if (CronGrammar.Problem(text) is { } problem)
            Report(context, ScheduleRules.Grammar, place, text, problem);
        if (ScheduleParser.Obstacle(context.ContainingSymbol) is { } obstacle)
            Report(context, ScheduleRules.Alone, place, context.ContainingSymbol.Name, obstacle);
    }

    private static void Report(OperationAnalysisContext context, DiagnosticDescriptor rule, Location place, params string[] arguments)
        => context.ReportDiagnostic(Diagnostic.Create(rule, place, arguments));
}
