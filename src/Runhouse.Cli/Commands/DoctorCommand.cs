using System.CommandLine;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters to check besides this machine; without any, all that are saved.");
        var command = new Command("doctor", "Check this machine and clusters for all that keeps remote code from running, and say how to mend it. Exits with 1 if something does not work.") { names };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isBad = false;
            await foreach (Finding finding in RunhouseDoctor.CheckAsync(parsed.GetValue(names), cancellationToken).ConfigureAwait(false))
            {
                isBad |= finding.Level == FindingLevel.Bad;
                terminal.Result(finding, CliJson.Readable.Finding, Show);
            }

            return isBad ? ExitCodes.Failed : ExitCodes.Success;
        });
        return command;
    }

    private static void Show(Finding finding, IAnsiConsole console)
    {
        (string word, string color) = finding.Level switch
        {
            FindingLevel.Good => ("good", "green"),
            FindingLevel.Warning => ("warn", "yellow"),
            _ => ("bad ", "red"),
        };
        console.MarkupInterpolated($"[{color}]{word}[/]  ");
        console.Line($"{finding.Subject}: {finding.Text}");
        if (finding.Remedy is { } remedy)
            console.Line($"      -> {remedy}");
    }
}
