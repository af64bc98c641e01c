using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse calls</c> and <c>runhouse cancel</c>.</summary>
internal static class CallsCommand
{
    private const int ShownOfDeployment = 12;
    private const int UsualTail = 20;

    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        name.Arity = ArgumentArity.ZeroOrOne;
        name.Description = "The cluster's name; without it, the one that the configuration names, which is this machine if it names none.";
        var member = new Option<string?>("--member") { Description = "Only calls of members whose name has this in it, such as Jobs.Preprocess.", HelpName = "name" };
        var states = new Option<CallState[]>("--state")
        {
            Description = $"Only calls in this state; once for each: {string.Join(", ", Enum.GetNames<CallState>())}.",
            HelpName = "state",
            CustomParser = static result => [.. result.Tokens.Select(token => StateOf(token.Value, result))],
        };
        var tail = new Option<int?>("--tail") { Description = $"How many of the calls that have ended, the newest of them ({UsualTail}; with --json all). Those that have not are listed in any case.", HelpName = "calls" };
        var all = new Option<bool>("--all") { Description = "All calls that have ended and are kept." };
        var command = new Command("calls", "List the calls on a cluster's hosts, the newest last: what runs, since when, for how long, and who waits for it. Nothing is started, and looking keeps nothing up.")
        {
            name, member, states, tail, all,
        };
        command.Validators.Add(result =>
        {
            OptionResult? given = result.GetResult(tail);
            if (given?.Tokens is [var token] && !uint.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                result.AddError("--tail is a number of calls, 0 or more.");
            if (given is not null && result.GetValue(all))
                result.AddError("Say either --tail or --all.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = parsed.GetValue(name) is { } given ? Cluster.Get(given) : Cluster.Default();
            IReadOnlyList<ClusterHostCalls> hosts = await cluster.CallsAsync(cancellationToken).ConfigureAwait(false);
            foreach (ClusterHostCalls host in hosts)
                Note(host, cluster, terminal);
            CallEntry[] found =
            [
                .. hosts.SelectMany(static host => host.Calls.Select(call => new CallEntry(host.Name, call)))
                    .Where(one => IsWanted(one.Call, parsed.GetValue(member), parsed.GetValue(states) ?? []))
                    .OrderBy(static one => one.Call.CreatedAt),
            ];
            IReadOnlyList<CallEntry> entries = Tail(found, parsed.GetValue(tail) ?? (terminal.IsJson || parsed.GetValue(all) ? int.MaxValue : UsualTail));
            terminal.Result(entries, CliJson.Readable.IReadOnlyListCallEntry, Show);
            if (found.Length == 0 && hosts.Any(static host => host.State == ClusterHostState.Up))
                terminal.Note(parsed.GetValue(member) is not null || parsed.GetValue(states) is { Length: > 0 } ? "There are no such calls." : "There are no calls: none is in flight, and none that was detached is kept.");
            if (entries.Count < found.Length)
                terminal.Note($"{found.Length - entries.Count} older ones have ended and are not listed: --all lists them, --tail N, --member and --state choose.");
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

    private static CallState StateOf(string text, System.CommandLine.Parsing.ArgumentResult result)
    {
        if (Enum.TryParse(text, ignoreCase: true, out CallState state) && Enum.IsDefined(state))
            return state;
        result.AddError($"'{text}' is no state of a call. There are {string.Join(", ", Enum.GetNames<CallState>())}.");
        return default;
    }

    private static bool IsWanted(CallStatus call, string? member, CallState[] states)
        => (member is null || call.Member[..NameLength(call.Member)].Contains(member, StringComparison.OrdinalIgnoreCase)) && (states.Length == 0 || states.Contains(call.State));

    // Not the types of its parameters, which others have as well.
    private static int NameLength(string signature) => signature.IndexOf('(') is >= 0 and var end ? end : signature.Length;

    // What has not ended is not left out, however long ago it began.
    private static IReadOnlyList<CallEntry> Tail(CallEntry[] calls, int ended)
    {
        int left = calls.Count(static one => HasEnded(one.Call)) - ended;
        return [.. calls.Where(one => !HasEnded(one.Call) || left-- <= 0)];
    }

    private static bool HasEnded(CallStatus call) => call.State is not (CallState.Waiting or CallState.Running);

    private static void Show(IReadOnlyList<CallEntry> entries, IAnsiConsole console)
    {
        if (entries.Count == 0)
            return;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        console.Write(Tables.Create(
            ["CALL", "STATE", "MEMBER", "OBJECT", "AGE", "DURATION", "CALLER", "WORKER", "DEPLOYMENT"],
            entries.Select(one => new[]
            {
                one.Call.Id, one.Call.State.ToString(), one.Call.Member, one.Call.Object ?? "", Time(one.Call.CreatedAt, now), DurationOf(one.Call, now), one.Call.Caller,
                one.Call.Worker ?? "", one.Call.Deployment is { Length: > ShownOfDeployment } deployment ? $"{one.Call.Application} {deployment[..ShownOfDeployment]}" : one.Call.Application ?? "",
            })));
    }

    // A call in flight that somebody waits for runs since it arrived; a detached one may have waited.
    private static string DurationOf(CallStatus call, DateTimeOffset now) => (call.IsDetached ? call.StartedAt : call.CreatedAt) is { } started && call.State != CallState.Waiting
        ? Time(started, call.EndedAt ?? now)
        : "";

    // The two ends may be of two clocks.
    private static string Time(DateTimeOffset from, DateTimeOffset to) => Sizes.Time(to > from ? to - from : TimeSpan.Zero);
}
