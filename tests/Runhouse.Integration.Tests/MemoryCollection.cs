namespace Runhouse.Integration;

/// <summary>Tests that look at how much memory this process, its host and its worker have, which is others' too: they run when those have ended, one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "memory";
}
