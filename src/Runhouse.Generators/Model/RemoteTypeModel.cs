namespace Runhouse.Generators.Model;

/// <summary>Everything remote of one type: what its output files are written from.</summary>
/// <param name="Type">Its names.</param>
/// <param name="Class">The remote class; null where the type only holds remote functions.</param>
/// <param name="Functions">Its remote functions, in ordinal order of their signatures.</param>
internal sealed record RemoteTypeModel(ContainingTypeModel Type, RemoteClassModel? Class, EquatableArray<RemoteMemberModel> Functions)
{
    /// <summary>Its remote functions that are refused, in ordinal order of their signatures.</summary>
    public EquatableArray<RemoteMemberModel> RefusedFunctions { get; init; }

    /// <summary>All remote members.</summary>
    public IEnumerable<RemoteMemberModel> Members => (Class?.Members ?? EquatableArray<RemoteMemberModel>.Empty).Concat(Functions);
}
