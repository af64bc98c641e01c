namespace Runhouse.Providers.Ec2;

/// <summary>A subnet.</summary>
public sealed record FakeSubnet(string Id, string Vpc, FakeZone Zone, bool IsDefault);
