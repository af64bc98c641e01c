namespace Runhouse.Providers.Ec2;

/// <summary>A security group.</summary>
public sealed class FakeGroup
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The VPC.</summary>
    public required string Vpc { get; init; }

    /// <summary>Its tags.</summary>
    public required Dictionary<string, string> Tags { get; init; }

    /// <summary>What it lets in.</summary>
    public HashSet<(string Protocol, int From, int To, string Network)> Ingress { get; } = [];
}
