namespace Runhouse.Generators.Model;

/// <summary>A remote member: what proxies, entry points, dispatchers and the contract are written from.</summary>
/// <param name="Kind">What the dispatcher does for it.</param>
/// <param name="Name">Its name as declared; <c>.ctor</c> for constructors.</param>
/// <param name="Identifier">Its name as code.</param>
/// <param name="ProxyName">Its name on the proxy or entry point, as code.</param>
/// <param name="Return">What it returns.</param>
/// <param name="Result">The shape of the result or of the stream's items; null for none.</param>
/// <param name="Parameters">Its parameters, in the declared order.</param>
/// <param name="Id">Its stable id.</param>
/// <param name="SchemaHash">The hash over the shapes of its signature.</param>
/// <param name="Signature">The signature for messages.</param>
/// <param name="DisplayName">Its short name for messages, <c>FineTuner.TrainEpochAsync</c>.</param>
/// <param name="DocumentationId">The documentation id of the declared member; null when there is none.</param>
internal sealed record RemoteMemberModel(
    MemberKind Kind,
    string Name,
    string Identifier,
    string ProxyName,
    ReturnKind Return,
    ShapeRef? Result,
    EquatableArray<ParameterModel> Parameters,
    ulong Id,
    ulong SchemaHash,
    string Signature,
    string DisplayName,
    string? DocumentationId)
{
    /// <summary>Whether a type of its signature cannot travel: callers get a method that throws, and no other error.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The attributes of the declared member that its callers shall see too, as code: <c>[Obsolete]</c> and <c>[Experimental]</c>.</summary>
    public string Marks { get; init; } = "";

    /// <summary>Whether calls may block their thread.</summary>
    public bool IsBlocking { get; init; }

    /// <summary>How many calls run at the same time; 0 for no limit.</summary>
    public int Concurrency { get; init; }

    /// <summary>Whether a second run of a call does no harm.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>How many times a call without an outcome is made again.</summary>
    public int Retries { get; init; }

    /// <summary><c>public</c> or <c>internal</c>.</summary>
    public string Accessibility { get; init; } = "public";

    /// <summary>The needs of a function as code: an expression of type <c>Resources</c>.</summary>
    public string Needs { get; init; } = "";

    /// <summary>When a host runs a function by itself; null for never.</summary>
    public ScheduleModel? Schedule { get; init; }

    /// <summary>Whether callers may write its call without an argument.</summary>
    public bool NeedsNoArgument => Parameters.All(static p => !p.Travels || p.IsParams || p.DefaultValue is not null);

    /// <summary>A key that two members share when their proxy methods would have the same signature.</summary>
    public string ProxySignature => ProxyName + "(" + string.Join(",", Parameters.Where(p => p.Travels).Select(p => p.TypeName.Replace("?", ""))) + ")";
}
