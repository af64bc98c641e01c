using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse ssh</c>.</summary>
internal static class SshCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster("The cluster's name, of machines that are reached over SSH.");
        Option<int> host = Arguments.Host();
        var words = new Argument<string[]>("command") { Description = "A command to run there instead of a shell; what follows -- is taken as it is.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("ssh", "Open a shell on a cluster's host, with this machine's own ssh, and end as it ends.") { name, words, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host));
            if (cluster.Provider != "ssh")
                throw new ArgumentException($"Cluster '{cluster.Name}' is of the provider '{cluster.Provider}', and has no machine to log in to over SSH. 'runhouse run' runs commands on any host.");
            var start = new ProcessStartInfo("ssh", [.. SshCommandLine.Arguments(cluster.HostNames[cluster.HostIndex]), .. parsed.GetValue(words) ?? []]);
            using Process process = Start(start);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode;
        });
        return command;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"This machine has no ssh to open a shell with ({e.Message}). Install OpenSSH's client, or use 'runhouse run'.", e);
        }
    }
}
