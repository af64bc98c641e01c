namespace Runhouse.Providers.Ec2;

/// <summary>An image.</summary>
public sealed record FakeImage(string Id, string Name, string Owner, string Architecture, string CreatedAt, int DiskSize = 8, string RootDevice = "/dev/sda1");
