using Amazon;
using Amazon.Runtime;
using Microsoft.Extensions.Configuration;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>The section <c>Runhouse:Aws</c>.</summary>
internal sealed record AwsOptions : CloudOptions
{
    private static readonly string[] Keys = [.. CommonKeys.Concat(["ImageId", "InstanceProfile", "Profile", "Regions", "SecurityGroup", "SubnetIds", "Vpc"]).Order(StringComparer.Ordinal)];

    /// <summary>Makes options that nobody has set.</summary>
    public AwsOptions()
    {
    }

    private AwsOptions(CloudSection section)
        : base(section)
    {
    }

    /// <summary>The profile of <c>~/.aws</c> whose credentials are used; null for what the SDK finds.</summary>
    public string? Profile { get; init; }

    /// <summary>The regions that are used and searched; empty for all that are enabled.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>The id of a security group that machines get; null for one that is made.</summary>
    public string? SecurityGroup { get; init; }

    /// <summary>The subnets that machines may be in, of any zones and regions; empty for those of the VPC.</summary>
    public IReadOnlyList<string> SubnetIds { get; init; } = [];

    /// <summary>The id of the VPC; null for the region's default one.</summary>
    public string? Vpc { get; init; }

    /// <summary>The image that machines start from; null for the newest that fits.</summary>
    public string? ImageId { get; init; }

    /// <summary>The name or ARN of the instance profile that machines have; null for none.</summary>
    public string? InstanceProfile { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static AwsOptions Read(IConfiguration section)
    {
        var read = new CloudSection(section, "aws", Keys);
        return new AwsOptions(read)
        {
            Profile = read.Text("Profile"),
            Regions = read.Texts("Regions"),
            SecurityGroup = read.Text("SecurityGroup"),
            SubnetIds = read.Texts("SubnetIds"),
            Vpc = read.Text("Vpc"),
            ImageId = read.Text("ImageId"),
            InstanceProfile = read.Text("InstanceProfile"),
        };
    }

    /// <summary>Has a client of AWS ask in a region, with the credentials and at the address that the options say.</summary>
    /// <param name="config">What the client is made with.</param>
    /// <param name="region">The region.</param>
    /// <param name="timeout">How long a request may take.</param>
    /// <returns><paramref name="config"/>.</returns>
    public TConfig Point<TConfig>(TConfig config, string region, TimeSpan timeout)
        where TConfig : ClientConfig
    {
        // Requests are sent again by the provider, where it is known what that may mean, and paused for as Failover says.
        (config.MaxErrorRetry, config.Timeout) = (0, timeout);
        if (Profile is { } profile)
            config.Profile = new Profile(profile);
        if (ServiceUrl is { } url)
            (config.ServiceURL, config.AuthenticationRegion) = (url, region);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        return config;
    }
}
