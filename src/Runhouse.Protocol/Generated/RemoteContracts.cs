using System.Collections.Concurrent;

namespace Runhouse.Protocol.Generated;

/// <summary>The contracts of the assemblies loaded in this process.</summary>
public static class RemoteContracts
{
    private static readonly ConcurrentDictionary<string, RemoteContract> ByAssembly = new(StringComparer.Ordinal);

    /// <summary>All contracts registered so far.</summary>
    public static ICollection<RemoteContract> All => ByAssembly.Values;

    /// <summary>Adds an assembly's contract. Generated code calls this from a module initializer.</summary>
    /// <param name="contract">The contract.</param>
    public static void Register(RemoteContract contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ByAssembly[contract.AssemblyName] = contract;
    }

    /// <summary>The contract of an assembly, or null when none is registered.</summary>
    /// <param name="assemblyName">The assembly's simple name.</param>
    public static RemoteContract? Find(string assemblyName) => ByAssembly.GetValueOrDefault(assemblyName);
}
