using System.CommandLine;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse trust</c>.</summary>
internal static class TrustCommand
{
    public static Command Create(Terminal terminal)
    {
        var machine = new Argument<string>("machine") { Description = "The machine: user@address:port, or a name from ~/.ssh/config." };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "The fingerprint that its host key must have, SHA256:...; without it, it is shown and asked about.", HelpName = "fingerprint" };
        var port = new Option<int?>("--port") { Description = "The port, if the machine's name does not say it.", HelpName = "port" };
        var command = new Command("trust", "Take a machine's SSH host key for the right one from now on (known_hosts). Compare the fingerprint with the machine's own first.") { machine, fingerprint, port };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string name = parsed.GetValue(port) is { } number ? SshTrust.NameOf(parsed.GetValue(machine)!, number) : parsed.GetValue(machine)!;
            string? wanted = parsed.GetValue(fingerprint);
            if (wanted is null)
            {
                (string type, string shown) = await SshTrust.ReadAsync(name, cancellationToken).ConfigureAwait(false);
                terminal.Note($"{name} shows a {type} key with the fingerprint {shown}.");
                if (terminal.IsJson || !terminal.Error.Profile.Capabilities.Interactive)
                    throw new ArgumentException($"Compare it with the machine's own, then say: runhouse trust {name} --fingerprint {shown}");
                string answer = await new TextPrompt<string>("Is this the machine's own (yes/no)?").AllowEmpty().ShowAsync(terminal.Error, cancellationToken).ConfigureAwait(false);
                if (answer.Trim().ToLowerInvariant() is not ("y" or "yes"))
                {
                    terminal.Note($"{name} is not trusted: nothing was changed.");
                    return ExitCodes.Failed;
                }

                wanted = shown;
            }

            string file = await SshTrust.TrustAsync(name, wanted, cancellationToken).ConfigureAwait(false);
            terminal.Result(new TrustResult(name, wanted, file), CliJson.Readable.TrustResult, static (done, console) => console.WriteLine($"{done.Machine} is trusted from now on ({done.File})."));
            return ExitCodes.Success;
        });
        return command;
    }
}
