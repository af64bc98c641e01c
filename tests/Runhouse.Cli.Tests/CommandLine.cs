using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Tests;

/// <summary>Runs command lines in this process, and keeps what they wrote.</summary>
internal static class CommandLine
{
    /// <summary>Runs one.</summary>
    /// <param name="arguments">The arguments.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(Console(output), Console(error));
        int exitCode = await CommandTree.RunAsync(arguments, terminal, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>A terminal for those who look at nothing that is written.</summary>
    public static Terminal Terminal() => new(Console(TextWriter.Null), Console(TextWriter.Null));

    private static IAnsiConsole Console(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
}
