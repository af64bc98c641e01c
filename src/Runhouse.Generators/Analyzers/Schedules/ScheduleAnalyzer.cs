using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Schedules;

/// <summary>When <c>[Remote]</c> wants code to run by itself, and whether that code can.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ScheduleAnalyzer : RemoteAttributeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ScheduleRules.All;

    private protected override void OnAttribute(OperationAnalysisContext context, IReadOnlyList<Setting> settings)
    {
        bool isScheduled = settings.Any(static one => one is { Name: "Schedule", Value: string });
        foreach (Setting one in settings)
        {
            switch (one.Name, one.Value)
            {
                case ("Schedule", string text):
                    Schedule(context, text, one.Place);
                    break;
                case ("TimeZone", string) or ("KeepsUp", true) when !isScheduled:
                    Report(context, ScheduleRules.WithoutSchedule, one.Place, one.Name);
                    break;
                case ("TimeZone", string zone) when !KnownTimeZones.Has(zone):
                    Report(context, ScheduleRules.UnknownTimeZone, one.Place, zone, KnownTimeZones.Nearest(zone) is { } nearest ? $": did you mean '{nearest}'?" : ": write an IANA id, like 'Europe/Vienna' or 'UTC'");
                    break;
            }
        }
    }

    private static void Schedule(OperationAnalysisContext context, string text, Location place)
    {
        if (CronGrammar.Problem(text) is { } problem)
            Report(context, ScheduleRules.Grammar, place, text, problem);
        else if (CronDays.IsNone(text))
            Report(context, ScheduleRules.Never, place, text);
        if (ScheduleParser.Obstacle(context.ContainingSymbol) is { } obstacle)
            Report(context, ScheduleRules.Alone, place, context.ContainingSymbol.Name, obstacle);
    }
}
