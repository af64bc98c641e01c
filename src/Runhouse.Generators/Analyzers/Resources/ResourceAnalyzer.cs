using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Resources;

/// <summary>What <c>[Remote]</c> asks for, read as the runtime will read it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ResourceAnalyzer : RemoteAttributeAnalyzer
{
    private const double MostCpus = 4096;
    private const double MostMemory = 65_536;
    private const double MostDisk = 65_536;
    private const double LeastMemory = 0.25;

    /// <summary>The property of a diagnostic with the name that was most likely meant.</summary>
    public const string Meant = nameof(Meant);

    /// <summary>The property of a diagnostic with the name that was written.</summary>
    public const string Written = nameof(Written);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ResourceRules.All;

    private protected override void OnAttribute(OperationAnalysisContext context, IReadOnlyList<Setting> settings)
    {
        foreach (Setting one in settings)
        {
            switch (one.Name, one.Value)
            {
                case ("Gpu", string text):
                    Gpu(context, text, one.Place);
                    break;
                case ("Cpus", string text):
                    Amount(context, one.Name, text, one.Place, MostCpus, "write the number of cores of one machine, and split the work over several");
                    break;
                case ("Memory", string text):
                    Amount(context, one.Name, text, one.Place, MostMemory, "the unit is GiB");
                    break;
                case ("Disk", string text):
                    Amount(context, one.Name, text, one.Place, MostDisk, "the unit is GiB");
                    break;
                case ("Region" or "InstanceType" or "Provider", string text) when !ResourceGrammar.TryNames(text, out _):
                    Report(context, ResourceRules.Grammar, one.Place, ResourceGrammar.NoNames(one.Name, text));
                    break;
                case ("Spot", string text) when !ResourceGrammar.TrySpot(text, out _):
                    Report(context, ResourceRules.Grammar, one.Place, ResourceGrammar.NoSpot(text));
                    break;
                case ("MaxPrice", string text) when !ResourceGrammar.TryPrice(text, out _):
                    Report(context, ResourceRules.Grammar, one.Place, ResourceGrammar.NoPrice(text));
                    break;
            }
        }
    }

    private static void Amount(OperationAnalysisContext context, string name, string text, Location place, double most, string advice)
    {
        if (!ResourceGrammar.TryQuantity(text, out double value, out bool orMore))
            Report(context, ResourceRules.Grammar, place, ResourceGrammar.NoQuantity(name, text));
        else if (value > most)
            Report(context, ResourceRules.NoMachine, place, $"{name} = \"{text}\"", advice);
        else if (name == "Memory" && !orMore && value < LeastMemory)
            Report(context, ResourceRules.TooLittleMemory, place, text, (value * 1024).ToString("0.#", CultureInfo.InvariantCulture));
    }

    private static void Gpu(OperationAnalysisContext context, string text, Location place)
    {
        var before = new List<(string Name, int Count, string Text)>();
        foreach (string alternative in text.Split(ResourceGrammar.Alternative))
        {
            if (!ResourceGrammar.TryAccelerator(alternative, out string name, out int count))
            {
                Report(context, ResourceRules.Grammar, place, ResourceGrammar.NoAccelerator(alternative));
                continue;
            }

            string written = alternative.Trim();
            if (before.Find(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase) && one.Count <= count) is { Text: { } chosen })
                Report(context, ResourceRules.NeverChosen, place, written, chosen);
            else if (!KnownAccelerators.TryGet(name, out int most))
                Unknown(context, name, count, place);
            else if (count > most)
                Report(context, ResourceRules.NoMachine, place, $"Gpu = \"{written}\"", $"one has {most} {name} at most; split the work over several");
            before.Add((name, count, written));
        }
    }

    private static void Unknown(OperationAnalysisContext context, string name, int count, Location place)
    {
        if (KnownAccelerators.Nearest(name) is { } nearest)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                ResourceRules.UnknownAccelerator, place, ImmutableDictionary<string, string?>.Empty.Add(Meant, nearest).Add(Written, name), name, $": did you mean '{nearest}'?"));
        }
        else
        {
            Report(context, ResourceRules.UnknownAccelerator, place, name, ": write the name of its model, like 'A100', 'L4' or 'RTX4090', or suppress this for hardware of your own");
        }

        if (count > KnownAccelerators.MostInOneMachine)
            Report(context, ResourceRules.NoMachine, place, $"Gpu = \"{name}:{count}\"", $"one has {KnownAccelerators.MostInOneMachine} at most; split the work over several");
    }
}
