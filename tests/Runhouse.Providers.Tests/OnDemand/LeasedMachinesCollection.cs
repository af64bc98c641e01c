namespace Runhouse.Providers.OnDemand;

/// <summary>The tests that share this process' configuration, and so run one after another.</summary>
[CollectionDefinition("on demand")]
public sealed class LeasedMachinesCollection : ICollectionFixture<LeasedMachines>;
