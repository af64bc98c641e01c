namespace Runhouse.Protocol.Generated;

/// <summary>Names an assembly's generated contract, so that a worker finds it without a search.</summary>
/// <param name="contractType">A class derived from <see cref="RemoteContract"/> with a public parameterless constructor.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class RemoteContractAttribute(Type contractType) : Attribute
{
    /// <summary>The generated class.</summary>
    public Type ContractType { get; } = contractType;
}

/// <summary>Names a referenced assembly that has a contract of its own.</summary>
/// <param name="assemblyName">The assembly's simple name.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class RemoteContractReferenceAttribute(string assemblyName) : Attribute
{
    /// <summary>The assembly's simple name.</summary>
    public string AssemblyName { get; } = assemblyName;
}

/// <summary>Lists the remote functions of a type, so that the generator of a referencing project finds their calls by name.</summary>
/// <param name="type">The declaring type.</param>
/// <param name="names">The functions' names, without repetition, in ordinal order.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class RemoteFunctionsAttribute(Type type, params string[] names) : Attribute
{
    /// <summary>The declaring type.</summary>
    public Type Type { get; } = type;

    /// <summary>The functions' names.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}
