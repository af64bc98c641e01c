using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse calls</c> and <c>runhouse cancel</c>.</summary>
internal static class CallsCommand
{
    private const int ShownOfDeployment = 12;

    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        name.Arity = ArgumentArity.ZeroOrOne;
        name.Description = "The cluster's name; without it, the one that the configuration names, which is this machine if it names none.";
        var command = new Command("calls", "List the calls on a cluster's hosts, the oldest first: what runs, for how long, and who waits for it. Nothing is started, and looking keeps nothing up.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = parsed.GetValue(name) is { } given ? Cluster.Get(given) : Cluster.Default();
            IReadOnlyList<ClusterHostCalls> hosts = await cluster.CallsAsync(cancellationToken).ConfigureAwait(false);
            foreach (ClusterHostCalls host in hosts)
                Note(host, cluster, terminal);
            IReadOnlyList<CallEntry> entries = [.. hosts.SelectMany(static host => host.Calls.Select(call => new CallEntry(host.Name, call)))];
            terminal.Result(entries, CliJson.Readable.IReadOnlyListCallEntry, Show);
            return ExitCodes.OfHosts(hosts.Where(static host => host.State == ClusterHostState.Unknown).Select(static host => host.IsRefused));
        });
        return command;
    }

    public static Command Cancel(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The call's id, as 'runhouse calls', errors and logs give it.", HelpName = "call" };
        Option<string?> cluster = Arguments.ClusterOption();
        var command = new Command("cancel", "Cancel a call, whoever made it. Its caller is told who cancelled it. Nothing is started.") { id, cluster };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster where = parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default();
            string call = parsed.GetValue(id)!;
            await where.CancelAsync(call, cancellationToken).ConfigureAwait(false);
            terminal.Result(new CancelResult(call), CliJson.Readable.CancelResult, static (result, console) => console.Line($"Call {result.Cancelled} is cancelled."));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Note(ClusterHostCalls host, Cluster cluster, Terminal terminal)
    {
        if (host.State != ClusterHostState.Up)
            terminal.Note(host.Problem?.Split('\n')[0] ?? $"{host.Name}: no host runs there, and so no calls. Detached ones that were recorded are kept there: 'runhouse up {cluster.Name}' starts it, and what had not begun runs then.");
        if (host.Unlisted > 0)
            terminal.Note($"{host.Name}: {host.Unlisted} more calls are in flight; these are the oldest ones.");
        foreach (string worker in host.SilentWorkers)
            terminal.Note($"{host.Name}: worker {worker} does not answer, so that its calls are not known. 'runhouse logs' may tell what it does.");
    }

    private static void Show(IReadOnlyList<CallEntry> entries, IAnsiConsole console)
    {
        if (entries.Count == 0)
            return;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        console.Write(Tables.Create(
            ["CALL", "STATE", "MEMBER", "OBJECT", "AGE", "CALLER", "WORKER", "DEPLOYMENT"],
            entries.Select(one => new[]
            {
                one.Call.Id, one.Call.State.ToString(), one.Call.Member, one.Call.Object ?? "", Sizes.Time(now > one.Call.CreatedAt ? now - one.Call.CreatedAt : TimeSpan.Zero), one.Call.Caller,
                one.Call.Worker ?? "", one.Call.Deployment is { Length: > ShownOfDeployment } deployment ? $"{one.Call.Application} {deployment[..ShownOfDeployment]}" : one.Call.Application ?? "",
            })));
    }
}
