namespace Runhouse.Generators.Model;

/// <summary>That the named objects of a remote class keep their state.</summary>
/// <param name="State">The state that they give, and go on from.</param>
internal sealed record SnapshotModel(ShapeRef State);
