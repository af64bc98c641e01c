using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Compute Engine in one project, and what is known of it.</summary>
internal sealed class ComputeEngine : IDisposable
{
    private readonly ComputeApi _api;

    public ComputeEngine(GcpOptions options, GcpTiming timing, TimeProvider time)
    {
        Account = new GcpAccount(options, time);
        _api = new ComputeApi(Account, options, timing, time);
        Patience = new Patience(timing, ComputeFault.IsLater, time);
        Operations = new Operations(_api, Patience);
        Images = new Images(_api, Patience, options);
        Firewalls = new Firewalls(_api, Operations, Patience, options, timing);
        Zones = new Zones(_api, Patience);
        Instances = new Instances(_api, Patience, options);
        Termination = new Termination(_api, Operations, Patience, timing);
        Power = new Power(this, timing);
        Disks = new Disks(_api, Operations, Patience, timing);
    }

    /// <summary>Who asks.</summary>
    public GcpAccount Account { get; }

    /// <summary>The API.</summary>
    public IComputeApi Api => _api;

    /// <summary>How requests are sent again.</summary>
    public Patience Patience { get; }

    /// <summary>What requests have begun.</summary>
    public Operations Operations { get; }

    /// <summary>The images.</summary>
    public Images Images { get; }

    /// <summary>The firewall rules.</summary>
    public Firewalls Firewalls { get; }

    /// <summary>The zones.</summary>
    public Zones Zones { get; }

    /// <summary>The machines.</summary>
    public Instances Instances { get; }

    /// <summary>How machines end.</summary>
    public Termination Termination { get; }

    /// <summary>How machines stop and start.</summary>
    public Power Power { get; }

    /// <summary>The disks that outlive machines.</summary>
    public Disks Disks { get; }

    /// <summary>Forgets what was found: something of it is not there any more.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await Images.Known.ForgetAsync(cancellationToken).ConfigureAwait(false);
        await Firewalls.Known.ForgetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Known.Dispose();
        Firewalls.Known.Dispose();
        Zones.Known.Dispose();
        Account.Dispose();
        _api.Dispose();
    }
}
