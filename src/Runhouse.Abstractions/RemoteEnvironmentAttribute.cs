namespace Runhouse;

/// <summary>
/// Says that remote code reads environment variables which are set on the host: <c>[RemoteEnvironment("HF_TOKEN")]</c>. Only names stand here,
/// never values: a worker inherits its host's variables, and what the caller's machine has set does not travel with a call. A read of a variable
/// that neither the member nor its class nor the assembly declares is reported (RH0110).
/// </summary>
/// <param name="names">The names of the variables.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method | AttributeTargets.Assembly, AllowMultiple = true, Inherited = false)]
public sealed class RemoteEnvironmentAttribute(params string[] names) : Attribute
{
    /// <summary>The names of the variables.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}
