namespace Runhouse.Generators.Model;

/// <summary>An assembly's contract.</summary>
/// <param name="Types">The types with remote members, in ordinal order of their names.</param>
/// <param name="Exceptions">The application's own exceptions, in ordinal order.</param>
/// <param name="Startup">What registers services; null for none.</param>
/// <param name="References">The referenced assemblies that have contracts of their own, in ordinal order.</param>
internal sealed record ContractModel(
    EquatableArray<RemoteTypeModel> Types, EquatableArray<ExceptionModel> Exceptions, StartupModel? Startup, EquatableArray<string> References)
{
    /// <summary>Whether there is anything that a worker would look for.</summary>
    public bool HasContract => Types.Count > 0 || Exceptions.Count > 0 || Startup is not null;

    /// <summary>All remote members by ascending id; of a clash only the first.</summary>
    public List<(ContainingTypeModel Type, RemoteMemberModel Member)> Members()
        => [.. Types.SelectMany(t => t.Members.Select(m => (t.Type, Member: m))).GroupBy(m => m.Member.Id).Select(g => g.First()).OrderBy(m => m.Member.Id)];
}
