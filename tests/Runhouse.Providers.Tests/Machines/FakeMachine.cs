namespace Runhouse.Providers.Machines;

/// <summary>What a cloud tells one of its machines.</summary>
public sealed record FakeMachine
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What it is to do when it first starts.</summary>
    public required string UserData { get; init; }

    /// <summary>Tells the cloud that the machine has shut itself down.</summary>
    public required Action HasShutDown { get; init; }

    /// <summary>What the cloud's metadata has at a path, <c>meta-data/instance-id</c>; null for nothing. Asked again each time.</summary>
    public required Func<string, string?> Metadata { get; init; }
}
