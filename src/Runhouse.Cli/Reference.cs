using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Runhouse.Cli;

/// <summary>Writes <c>docs/cli.md</c> from the commands.</summary>
internal static class Reference
{
    private const string Head = """
        # The command line

        `runhouse` is a .NET tool. It looks after clusters, which programs share by name; what it does, the class `Cluster` does too. This page is made
        from the commands by `dotnet run --project src/Runhouse.Cli -- docs`, and a test holds the two together.

        Results go to standard output, all else to standard error. `--json` writes the result as JSON and nothing else, an error as
        `{"error":{"kind":...,"message":...}}`. An error is one line that says what to do next; `--verbose` tells the rest. Colours and moving
        bars appear on a terminal only (`NO_COLOR` turns colours off there too). Configuration is read as a program reads it: `runhouse.json` in the current folder and in
        `~/.runhouse`, and variables `RUNHOUSE__...`.

        | exit code | meaning |
        |---|---|
        | 0 | it did what was asked |
        | 1 | it failed, for a reason that has no code of its own |
        | 2 | the command line or the configuration is wrong; nothing was done |
        | 3 | what was named does not exist (but for `down`, which has nothing to do then) |
        | 4 | a machine or a host cannot be reached |
        | 5 | a login, a token or a host key was refused |
        | 6 | the remote code that was called threw an exception |
        | 130 | it was interrupted (Ctrl-C), but for what goes on until then: `watch`, `tunnel` and `logs --follow` end with 0 |

        """;

    /// <summary>Writes the page.</summary>
    /// <param name="root">The commands.</param>
    public static string Write(RootCommand root)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (Command command in root.Subcommands)
            Append(page, command, "runhouse", level: 2);
        return page.ToString();
    }

    private static void Append(StringBuilder page, Command command, string parent, int level)
    {
        if (command.Hidden)
            return;
        string path = $"{parent} {command.Name}";
        page.Append($"\n{new string('#', level)} `{path}");
        foreach (Argument argument in command.Arguments)
            page.Append(' ').Append(Usage(argument));
        page.Append($"`\n\n{command.Description}\n");
        Option[] options = [.. command.Options.Where(static option => option is not HelpOption && !option.Hidden)];
        if (command.Arguments.Count + options.Length > 0)
        {
            page.Append("\n| | |\n|---|---|\n");
            foreach (Argument argument in command.Arguments)
                page.Append($"| `{argument.HelpName ?? argument.Name}` | {Cell(argument.Description)} |\n");
            foreach (Option option in options)
                page.Append($"| `{string.Join("`, `", option.Aliases.Prepend(option.Name))}{(option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? "value"}")}` | {Cell(option.Description)} |\n");
        }

        foreach (Command sub in command.Subcommands)
            Append(page, sub, path, level + 1);
    }

    private static string Usage(Argument argument)
    {
        string name = $"<{argument.HelpName ?? argument.Name}>";
        return argument.Arity switch
        {
            { MinimumNumberOfValues: 0, MaximumNumberOfValues: 1 } => $"[{name}]",
            { MaximumNumberOfValues: 1 } => name,
            { MinimumNumberOfValues: 0 } => $"[{name}...]",
            _ => $"{name}...",
        };
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
