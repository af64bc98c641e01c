using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Finds or makes the firewall rules that open ports of machines: for each network and set of ports one tag, and one rule for each kind of address.</summary>
internal sealed class Firewalls
{
    private readonly IComputeApi _api;
    private readonly Operations _operations;
    private readonly Patience _patience;
    private readonly GcpOptions _options;
    private readonly GcpTiming _timing;

    public Firewalls(IComputeApi api, Operations operations, Patience patience, GcpOptions options, GcpTiming timing)
        => (_api, _operations, _patience, _options, _timing, Known) = (api, operations, patience, options, timing, new Remembered<string, string>(FindOrMakeAsync));

    /// <summary>Those that were found or made.</summary>
    public Remembered<string, string> Known { get; }

    /// <summary>The network tag of machines whose ports are open.</summary>
    /// <param name="ports">The ports.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<string> GetTagAsync(IEnumerable<int> ports, CancellationToken cancellationToken)
        => _options.NetworkTag ?? await Known.GetAsync(string.Join('-', ports.Distinct().Order().Select(static port => port.ToString(CultureInfo.InvariantCulture))), cancellationToken).ConfigureAwait(false);

    private async Task<string> FindOrMakeAsync(string ports, CancellationToken cancellationToken)
    {
        // The name tells all that it opens: a caller with other networks has another one.
        string network = InsertRequest.NetworkOf(_options);
        string tag = $"runhouse-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{network} {ports} {string.Join(' ', _options.AllowFrom.Order(StringComparer.Ordinal))}")))[..12]}";

        // One rule has addresses of one kind.
        foreach (IGrouping<bool, string> sources in _options.AllowFrom.GroupBy(static one => one.Contains(':', StringComparison.Ordinal)))
        {
            await FindOrMakeAsync(new Firewall
            {
                Name = sources.Key ? $"{tag}-v6" : tag,
                Description = $"Machines of Runhouse: ports {ports}",
                Network = network,
                Direction = "INGRESS",
                Allowed = [new AllowedTraffic("tcp", [.. ports.Split('-')])],
                SourceRanges = [.. sources],
                TargetTags = [tag],
            },
            cancellationToken).ConfigureAwait(false);
        }

        return tag;
    }

    private async Task FindOrMakeAsync(Firewall rule, CancellationToken cancellationToken)
    {
        // A rule is in the project of its network, which may be shared with that of the machines.
        string? project = rule.Network!.Split('/') is ["projects", var own, ..] ? own : null;
        if (await ExistsAsync(project, rule.Name!, cancellationToken).ConfigureAwait(false))
            return;
        try
        {
            Operation made = await _patience.AskAsync(token => _api.InsertFirewallAsync(project, rule, token), cancellationToken).ConfigureAwait(false);
            await _operations.WaitAsync(made, _timing.StartLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (ComputeException exception) when (exception.IsAlreadyThere || exception.Code is "resourceNotReady" or "RESOURCE_NOT_READY")
        {
            // Another one was faster, or the answer to this one was lost. It opens the ports once it is seen.
            Pauses pauses = _patience.NewPauses();
            while (!await ExistsAsync(project, rule.Name!, cancellationToken).ConfigureAwait(false))
            {
                if (pauses.Elapsed > _timing.StartLimit)
                    throw;
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> ExistsAsync(string? project, string name, CancellationToken cancellationToken)
    {
        try
        {
            await _patience.AskAsync(token => _api.GetFirewallAsync(project, name, token), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ComputeException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }
}
