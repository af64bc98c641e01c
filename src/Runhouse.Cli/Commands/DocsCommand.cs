using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse docs</c>: hidden, for whoever changes the commands.</summary>
internal static class DocsCommand
{
    public static Command Create(Terminal terminal, RootCommand root)
    {
        var command = new Command("docs", "Print docs/cli.md, which is made from these commands.") { Hidden = true };
        command.SetAction(_ =>
        {
            terminal.Output.Profile.Out.Writer.Write(Reference.Write(root));
            return ExitCodes.Success;
        });
        return command;
    }
}
