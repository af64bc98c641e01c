using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse rollback</c>.</summary>
internal static class RollbackCommand
{
    public static Command Create(Terminal terminal)
    {
        var application = new Argument<string?>("application") { Description = "The application, of hosts that have several.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> cluster = Arguments.ClusterOption();
        var to = new Option<string?>("--to") { Description = "The deployment's id or its beginning; without it, the one that was current before, so that a second time undoes the first.", HelpName = "id" };
        var command = new Command(
            "rollback",
            "Make an earlier deployment of an application its current one, on all of a cluster's hosts. Who names the application and no build, as 'call' does, is served by it from now on, until another one is deployed; programs call their own builds as before.")
        {
            application, cluster, to,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster chosen = parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default();
            IReadOnlyList<RolledBack> done = await chosen.RollBackAsync(parsed.GetValue(application), parsed.GetValue(to), cancellationToken).ConfigureAwait(false);
            terminal.Result(done, CliJson.Readable.IReadOnlyListRolledBack, static (hosts, console) =>
            {
                foreach (RolledBack one in hosts)
                {
                    console.Line(one.From == one.To
                        ? $"{one.Host}: {one.Application} was {Short(one.To)} already."
                        : $"{one.Host}: {one.Application} is {Short(one.To)} now{(one.From is { } from ? $", and was {Short(from)}" : "")}.");
                }
            });
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Short(string id) => id[..DeploymentsCommand.ShownOfId];
}
