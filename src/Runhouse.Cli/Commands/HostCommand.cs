using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse host</c>.</summary>
internal static class HostCommand
{
    public static Command Create(Terminal terminal) => new("host", "Where hosts answer, and new tokens and certificates for them. Tokens are never shown.")
    {
        Command(terminal, "show", "Show where hosts answer, the fingerprints of their certificates, and how old those and the tokens are. Nothing is started, and looking keeps nothing up.", static (one, stop) => one.AccessAsync(stop)),
        Command(terminal, "rotate", "Give the hosts that run new tokens and certificates, as they give themselves every so often. Programs that use them go on. The old token is taken for a minute longer.", static (one, stop) => one.RotateAsync(stop)),
    };

    private static Command Command(Terminal terminal, string word, string description, Func<Cluster, CancellationToken, Task<IReadOnlyList<ClusterHostAccess>>> ask)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters; without any, this machine and all that are saved.");
        var command = new Command(word, description) { names };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(names) ?? [];
            IEnumerable<Cluster> clusters = wanted.Length > 0 ? wanted.Select(Cluster.Get) : [Cluster.Local(), .. Cluster.List()];
            IReadOnlyList<AccessResult> all = await Task.WhenAll(clusters.Select(
                async one => new AccessResult(one.Name, await ask(one, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
            terminal.Result(all, CliJson.Readable.IReadOnlyListAccessResult, static (list, console) => Show(list, console));
            return ExitCodes.OfHosts(all.SelectMany(static one => one.Hosts).Where(static host => host.State == ClusterHostState.Unknown).Select(static host => host.IsRefused));
        });
        return command;
    }

    private static void Show(IReadOnlyList<AccessResult> clusters, IAnsiConsole console)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        console.Write(Tables.Create(
            ["CLUSTER", "HOST", "ADDRESS", "TOKEN", "CERTIFICATE", "FINGERPRINT"],
            from cluster in clusters
            from host in cluster.Hosts
            select host switch
            {
                { Credentials: { } credentials, Address: { } address } => new[]
                {
                    cluster.Name, host.Name, $"{address.GetLeftPart(UriPartial.Authority)}{(credentials.IsOpen ? "" : " (there)")}",
                    Age(credentials.TokenCreatedAt, credentials.TokenRenewsAt),
                    credentials is { CertificateCreatedAt: { } created, CertificateRenewsAt: { } renews } ? Age(created, renews) : "none",
                    credentials.Fingerprint is { } fingerprint ? $"SHA256:{fingerprint}" : "",
                },
                { State: ClusterHostState.Down } => [cluster.Name, host.Name, "down", "", "", ""],
                _ => [cluster.Name, host.Name, "unknown", "", "", ""],
            }));
        foreach (ClusterHostAccess host in clusters.SelectMany(static one => one.Hosts).Where(static one => one.Problem is not null))
            console.Line($"{host.Name}: {host.Problem!.Split('\n')[0]}");

        string Age(DateTimeOffset created, DateTimeOffset renews) => string.Create(
            CultureInfo.InvariantCulture, $"{Sizes.Time(now > created ? now - created : TimeSpan.Zero)} old, new in {Sizes.Time(renews > now ? renews - now : TimeSpan.Zero)}");
    }
}
