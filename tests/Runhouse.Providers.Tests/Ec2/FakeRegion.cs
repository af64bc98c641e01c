using System.Globalization;

namespace Runhouse.Providers.Ec2;

/// <summary>A region: its zones, each with a default subnet, its images, groups and machines.</summary>
public sealed class FakeRegion
{
    /// <summary>Its default VPC.</summary>
    public const string DefaultVpc = "vpc-0default";

    internal FakeRegion(string name, IEnumerable<(string Id, string Name)> zones)
    {
        Name = name;
        Zones = [.. zones.Select(static zone => new FakeZone(zone.Id, zone.Name))];
        Subnets = [.. Zones.Select(static zone => new FakeSubnet($"subnet-{zone.Id}", DefaultVpc, zone, IsDefault: true))];
        Images =
        [
            new("ami-0plain", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261101", "099720109477", "x86_64", "2026-11-01T00:00:00.000Z"),
            new("ami-0plainold", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250101", "099720109477", "x86_64", "2025-01-01T00:00:00.000Z"),
            new("ami-0foreign", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261201", "123456789012", "x86_64", "2026-12-01T00:00:00.000Z"),
            new("ami-0arm", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20261101", "099720109477", "arm64", "2026-11-01T00:00:00.000Z"),
            new("ami-0gpu", "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20261006", "amazon", "x86_64", "2026-10-06T00:00:00.000Z", 75),
            new("ami-0gpuarm", "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20261006", "amazon", "arm64", "2026-10-06T00:00:00.000Z", 75),
            new("ami-0volta", "Deep Learning Base Proprietary Nvidia Driver GPU AMI (Ubuntu 20.04) 20240101", "amazon", "x86_64", "2024-01-01T00:00:00.000Z", 75),
        ];
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its zones.</summary>
    public IReadOnlyList<FakeZone> Zones { get; }

    /// <summary>Its subnets.</summary>
    public List<FakeSubnet> Subnets { get; }

    /// <summary>Its images.</summary>
    public List<FakeImage> Images { get; }

    /// <summary>Its security groups.</summary>
    public List<FakeGroup> Groups { get; } = [];

    /// <summary>Its volumes that outlive machines.</summary>
    public List<FakeVolume> Volumes { get; } = [];

    /// <summary>Its machines, also those that are gone.</summary>
    public List<FakeInstance> Instances { get; } = [];

    /// <summary>The machines that are neither gone nor about to be.</summary>
    public IReadOnlyList<FakeInstance> Alive => [.. Instances.Where(static one => one.State is not ("terminated" or "shutting-down"))];

    /// <summary>What the tokens of create calls have made.</summary>
    internal Dictionary<string, (string Parameters, string[] Ids)> Tokens { get; } = new(StringComparer.Ordinal);

    /// <summary>A zone.</summary>
    public FakeZone Zone(string id) => Zones.Single(zone => zone.Id == id);

    /// <summary>The next id of a kind of thing, <c>i-0123456789abcdef0</c>.</summary>
    internal static string NewId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-0{System.Security.Cryptography.RandomNumberGenerator.GetHexString(16, lowercase: true)}");
}
