namespace Runhouse.Slurm.Machines;

/// <summary>The tests that share a cluster of Slurm's, and this process' configuration, and so run one after another.</summary>
[CollectionDefinition("slurm")]
public sealed class SlurmMachinesCollection : ICollectionFixture<SlurmMachines>;
