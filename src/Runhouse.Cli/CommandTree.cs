using System.CommandLine;
using Runhouse.Cli.Commands;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;

namespace Runhouse.Cli;

/// <summary>The commands. <c>docs/cli.md</c> is made from this tree, and a test holds the two together.</summary>
internal static class CommandTree
{
    /// <summary>The option that makes results JSON.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Write the result as JSON, and nothing else, to standard output.", Recursive = true };

    /// <summary>The option that tells errors in full.</summary>
    public static readonly Option<bool> Verbose = new("--verbose") { Description = "Tell errors in full, with what the remote side said and where.", Recursive = true };

    /// <summary>Makes the tree.</summary>
    /// <param name="terminal">Where commands write.</param>
    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Clusters of Runhouse for .NET: bring them up, look at them, use them, take them down.") { Json, Verbose };
        foreach (Command command in (ReadOnlySpan<Command>)[
            UpCommand.Create(terminal),
            DownCommand.Create(terminal),
            ListCommand.Create(terminal),
            StatusCommand.Create(terminal),
            SshCommand.Create(terminal),
            RunCommand.Create(terminal),
            CallCommand.Create(terminal),
            CallsCommand.Create(terminal),
            CallsCommand.Cancel(terminal),
            ResultCommand.Create(terminal),
            KillCommand.Create(terminal),
            DeployCommand.Create(terminal),
            DeploymentsCommand.Create(terminal),
            RollbackCommand.Create(terminal),
            UndeployCommand.Create(terminal),
            WatchCommand.Create(terminal),
            LogsCommand.Create(terminal),
            TransferCommands.Put(terminal),
            TransferCommands.Get(terminal),
            TransferCommands.Sync(terminal),
            ObjectsCommand.Create(terminal),
            SecretsCommand.Create(terminal),
            HostCommand.Create(terminal),
            KeepWarmCommand.Create(terminal),
            TunnelCommand.Create(terminal),
            TrustCommand.Create(terminal),
            GcCommand.Create(terminal),
            VolumesCommand.Create(terminal),
            CostCommand.Create(terminal),
            SpentCommand.Create(terminal),
            CatalogCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            CompletionCommand.Create(terminal)])
        {
            root.Subcommands.Add(command);
        }

        root.Subcommands.Add(DocsCommand.Create(terminal, root));

        return root;
    }

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        // Whoever says nothing wants to know what there is.
        ParseResult parsed = Create(terminal).Parse(arguments.Count == 0 ? ["--help"] : arguments);
        terminal.IsJson = parsed.GetValue(Json);
        terminal.IsVerbose = parsed.GetValue(Verbose);
        using var writer = new ConsoleWriter(terminal.Output);
        if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            terminal.Fail(new ArgumentException(ParseErrors.Text(parsed)));
            return ExitCodes.Usage;
        }

        try
        {
            var settings = new InvocationConfiguration { Output = writer, Error = writer, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(settings, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            terminal.Fail(failure);
            return ExitCodes.Of(failure);
        }
    }
}
