using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse tunnel</c>.</summary>
internal static class TunnelCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        var ports = new Argument<(int Remote, int Local)>("ports")
        {
            Description = "The port on the host, and after a colon the one on this machine, if it is to be another: 8888, 8888:9000, 8888:0 for any.",
            CustomParser = Parse,
        };
        Option<int> host = Arguments.Host();
        var command = new Command("tunnel", "Lead a port of this machine to one of a cluster's host, until Ctrl-C.") { name, ports, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host));
            (int remote, int local) = parsed.GetValue(ports);
            ClusterTunnel tunnel = await cluster.TunnelAsync(remote, local, cancellationToken).ConfigureAwait(false);
            await using (tunnel.ConfigureAwait(false))
            {
                tunnel.Unanswered += (_, _) => terminal.Note($"A connection was closed before an answer came: does anything listen at port {remote} of {cluster.Name}?");
                terminal.Result(new TunnelResult(cluster.Name, tunnel.RemotePort, tunnel.LocalPort), CliJson.Readable.TunnelResult, static (open, console)
                    => console.WriteLine($"127.0.0.1:{open.LocalPort} leads to port {open.RemotePort} of {open.Cluster}. Ctrl-C closes it."));
                await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static (int Remote, int Local) Parse(ArgumentResult result)
    {
        string[] parts = (result.Tokens.Count == 1 ? result.Tokens[0].Value : "").Split(':');
        if (parts.Length is 1 or 2 && TryPort(parts[0], out int remote) && remote > 0 && TryPort(parts[^1], out int local))
            return (remote, local);
        result.AddError("The ports are one number, or two with a colon between them: 8888 or 8888:9000.");
        return default;

        static bool TryPort(string text, out int port)
            => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
    }
}
