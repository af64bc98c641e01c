namespace Runhouse.Runtime.Client;

/// <summary>A named process: a worker of its own for the code that is put there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Variables">The environment variables that only it has, by their names; empty for none, or for those that it was started with.</param>
internal sealed record RemoteProcess(string Name, EquatableList<KeyValuePair<string, string>> Variables)
{
    /// <summary>Makes one.</summary>
    public static RemoteProcess Of(string name, IReadOnlyDictionary<string, string>? variables)
        => new(name, variables is null ? [] : new([.. variables.OrderBy(static one => one.Key, StringComparer.Ordinal)]));
}
