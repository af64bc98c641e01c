using Runhouse.Protocol;

namespace Runhouse;

/// <summary>
/// The configuration, section <c>Runhouse</c>: <c>runhouse.json</c> and <c>appsettings.json</c>, then environment variables
/// (<c>RUNHOUSE__MODE=Inline</c>), then code.
/// </summary>
public sealed class RunhouseOptions
{
    /// <summary>Where remote code runs.</summary>
    public RunhouseMode Mode { get; set; }

    /// <summary>The application's id, under which its versions are deployed; null for the entry assembly's name.</summary>
    public string? Application { get; set; }

    /// <summary>How calls reach a worker.</summary>
    public RunhouseTransport Transport { get; set; }

    /// <summary>How long it may take to reach a host or to start one.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The local provider.</summary>
    public LocalOptions Local { get; } = new();

    /// <summary>How many versions of applications hosts keep.</summary>
    public DeploymentOptions Deployments { get; } = new();

    /// <summary>
    /// The cluster where remote code runs that names none: a saved one's name; null or <c>local</c> for this machine; <c>on-demand</c> for this machine as far as it has what the
    /// code needs, and machines that are leased for the rest.
    /// </summary>
    public string? Cluster { get; set; }

    /// <summary>The provider <c>ssh</c>.</summary>
    public SshOptions Ssh { get; } = new();

    /// <summary>Machines that are leased from clouds.</summary>
    public OnDemandOptions OnDemand { get; } = new();

    /// <summary>The catalogue of machines and their prices.</summary>
    public CatalogueOptions Catalogue { get; } = new();

    /// <summary>How calls are made when nothing else is said.</summary>
    public RemoteOptions Calls { get; set; } = RemoteOptions.Default;

    /// <summary>What this process accepts and sends.</summary>
    public WireLimits Limits { get; set; } = WireLimits.Default;
}
