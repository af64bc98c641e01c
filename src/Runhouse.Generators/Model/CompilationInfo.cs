namespace Runhouse.Generators.Model;

/// <summary>All that outputs need to know of the compilation.</summary>
/// <param name="AssemblyName">The assembly's simple name.</param>
/// <param name="HasExtensionMembers">Whether the language version has C# 14's extension members.</param>
internal sealed record CompilationInfo(string AssemblyName, bool HasExtensionMembers)
{
    /// <summary>The namespace of everything emitted that users do not see.</summary>
    public string ContractNamespace => Emitting.RuntimeNames.ContractNamespace(AssemblyName);
}
