using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse run</c>.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        var words = new Argument<string[]>("command") { Description = "The command: one word is given to the shell as it is, 'cd x && make'; of several each arrives as the word that it is here.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("run", "Run a command with the shell of a cluster's host, and end as it ends: with its exit code. Ctrl-C ends it there too.") { name, words, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host));
            string text = ShellWords.Join(parsed.GetValue(words)!);
            if (!terminal.IsJson)
            {
                using Stream output = Console.OpenStandardOutput();
                using Stream error = Console.OpenStandardError();
                return await cluster.RunAsync(text, output, error, cancellationToken).ConfigureAwait(false);
            }

            using var written = new MemoryStream();
            using var complained = new MemoryStream();
            int exitCode = await cluster.RunAsync(text, written, complained, cancellationToken).ConfigureAwait(false);
            terminal.Result(new RunResult(exitCode, Text(written), Text(complained)), CliJson.Readable.RunResult, static (_, _) => { });
            return exitCode;
        });
        return command;
    }

    private static string Text(MemoryStream stream) => System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
}
