namespace Runhouse.Providers.Ec2;

/// <summary>A volume that outlives instances.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Request">What has made it.</param>
/// <param name="Zone">Where it is.</param>
public sealed record FakeVolume(string Id, Ec2Request Request, FakeZone Zone)
{
    /// <summary>Its tags.</summary>
    public Dictionary<string, string> Tags { get; } = Request.Tags("volume");

    /// <summary>The instance that has it; null for none.</summary>
    public string? AttachedTo { get; internal set; }

    /// <summary>As which device it was attached.</summary>
    public string? Device { get; internal set; }

    /// <summary>What it is to its machine, while it comes to have it and once it has.</summary>
    internal Task Attaching { get; set; } = Task.CompletedTask;
}
