using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Diagnostics;

/// <summary>When a [Remote] attribute wants code to run by itself. RH0310 to RH0319.</summary>
internal static class ScheduleRules
{
    private const string Category = "Runhouse.Schedules";

    public static readonly DiagnosticDescriptor Grammar = Rule(
        "RH0310", DiagnosticSeverity.Error, "Schedule is no cron expression", "Schedule = \"{0}\" is no cron expression: {1}");

    public static readonly DiagnosticDescriptor Alone = Rule(
        "RH0311", DiagnosticSeverity.Error, "Scheduled code cannot run on its own", "'{0}' cannot run on a schedule, because {1}");

    public static readonly DiagnosticDescriptor UnknownTimeZone = Rule(
        "RH0312", DiagnosticSeverity.Warning, "Time zone is unknown", "No time zone is known as '{0}'{1}");

    public static readonly DiagnosticDescriptor Never = Rule(
        "RH0313", DiagnosticSeverity.Warning, "Schedule never comes", "Schedule = \"{0}\" never comes: no year has a day that all its fields for days and months mean");

    public static readonly DiagnosticDescriptor WithoutSchedule = Rule(
        "RH0314", DiagnosticSeverity.Warning, "Setting of a schedule without one", "{0} does nothing without Schedule: add the schedule or leave it out");

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = [Grammar, Alone, UnknownTimeZone, Never, WithoutSchedule];

    private static DiagnosticDescriptor Rule(string id, DiagnosticSeverity severity, string title, string message)
        => new(id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: HelpPages.Root + id + ".md");
}
