namespace Runhouse.Generators.Model;

/// <summary>A remote class.</summary>
/// <param name="Type">Its names.</param>
/// <param name="Needs">What it needs as code: an expression of type <c>Resources</c>.</param>
/// <param name="Members">Its constructors and members, in ordinal order of their signatures.</param>
/// <param name="Interfaces">The interfaces that its proxy implements.</param>
/// <param name="Shapes">The shapes that its signatures reach.</param>
internal sealed record RemoteClassModel(
    ContainingTypeModel Type,
    string Needs,
    EquatableArray<RemoteMemberModel> Members,
    EquatableArray<InterfaceModel> Interfaces,
    EquatableArray<TypeShape> Shapes)
{
    /// <summary>Its constructors and members that are refused, in ordinal order of their signatures.</summary>
    public EquatableArray<RemoteMemberModel> Refused { get; init; }

    /// <summary>The state that its named objects keep; null for none.</summary>
    public SnapshotModel? Snapshot { get; init; }
}
