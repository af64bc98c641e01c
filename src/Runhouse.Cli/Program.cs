using Runhouse.Cli;
using Runhouse.Cli.Output;
using Spectre.Console;

// Configuration is looked for where the command runs, as a program's is beside the program.
AppContext.SetData("EntryPointFileDirectoryPath", Environment.CurrentDirectory);
var terminal = new Terminal(
    AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) }),
    AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }));
return await CommandTree.RunAsync(args, terminal, CancellationToken.None).ConfigureAwait(false);
