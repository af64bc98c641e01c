namespace Runhouse;

/// <summary>A stage of a machine on its way to be a host.</summary>
public enum ProvisioningStage
{
    /// <summary>The machine is leased from a cloud.</summary>
    Leasing,

    /// <summary>The machine is asked for, and its scheduler says why it does not have room for it yet.</summary>
    Queued,

    /// <summary>The machine is asked what runs on it and what it has.</summary>
    Connecting,

    /// <summary>A .NET runtime for its platform is fetched here, from the sources of NuGet's configuration. Once for each platform.</summary>
    Fetching,

    /// <summary>What it lacks is sent: the host's programs, a .NET runtime.</summary>
    Uploading,

    /// <summary>The steps of the cluster's image are carried out.</summary>
    Image,

    /// <summary>The host answers.</summary>
    Ready,
}
