namespace Runhouse.Generators.Model;

/// <summary>A type with remote members: a remote class, or the home of remote functions.</summary>
/// <param name="TypeName">The type as code, fully qualified.</param>
/// <param name="DisplayName">Its name for messages.</param>
/// <param name="FullName">Its full name as reflection gives it.</param>
/// <param name="Namespace">Its namespace as code; empty for the global one.</param>
/// <param name="BaseName">What the names of the emitted types begin with: <c>OuterInner</c>, <c>EmbedderOfSingle</c>.</param>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="HidesRemote">Whether a member of its own hides the entry point <c>Remote</c>.</param>
/// <param name="HidesRemoteAsync">Whether a member of its own hides the entry point <c>RemoteAsync</c>.</param>
/// <param name="DocumentationId">Its documentation id.</param>
internal sealed record ContainingTypeModel(
    string TypeName,
    string DisplayName,
    string FullName,
    string Namespace,
    string BaseName,
    string Accessibility,
    bool HidesRemote,
    bool HidesRemoteAsync,
    string? DocumentationId)
{
    /// <summary>Names its files and its dispatcher; no other type's name differs from it by case only.</summary>
    public string UniqueName { get; init; } = "";

    /// <summary>The name of the proxy.</summary>
    public string Proxy => BaseName + "Remote";

    /// <summary>The name of the placement.</summary>
    public string Placement => BaseName + "Placement";

    /// <summary>The name of the ordinary static class with the entry points.</summary>
    public string Entry => BaseName + "RemoteEntry";

    /// <summary>The name of the class with the extension members.</summary>
    public string Extensions => BaseName + "RemoteExtensions";

    /// <summary>Whether the emitted type that would hold a method already has something else of that name.</summary>
    /// <param name="name">The method's name for callers.</param>
    /// <param name="kind">A function or a method of an object.</param>
    public bool IsTaken(string name, MemberKind kind) => name == "Methods" || (kind == MemberKind.Function
        ? name is "Remote" or "Default" or "_placement" || name == Placement || name == Entry
        : name == "Target" || name == Proxy);

    /// <summary>A type emitted beside it, as code.</summary>
    /// <param name="name">The emitted type's name.</param>
    public string Beside(string name) => "global::" + (Namespace.Length == 0 ? name : Namespace + "." + name);
}
