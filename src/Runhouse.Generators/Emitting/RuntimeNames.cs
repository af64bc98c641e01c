namespace Runhouse.Generators.Emitting;

/// <summary>Every type of the runtime that emitted code names. A test resolves them all against the real assemblies.</summary>
internal static class RuntimeNames
{
    // What attributes are looked up by: metadata names.
    public const string RemoteAttribute = "Runhouse.RemoteAttribute";
    public const string RemoteAttributeOfT = "Runhouse.RemoteAttribute`1";
    public const string RemoteStartupAttribute = "Runhouse.RemoteStartupAttribute";
    public const string RemoteEnvironmentAttribute = "Runhouse.RemoteEnvironmentAttribute";
    public const string FromServicesAttribute = "Runhouse.FromServicesAttribute";
    public const string RemoteMessagePackAttribute = "Runhouse.RemoteMessagePackAttribute";
    public const string RemoteContractAttributeMetadata = "Runhouse.Protocol.Generated.RemoteContractAttribute";
    public const string MachineProviderAttributeMetadata = "Runhouse.Runtime.Leases.MachineProviderAttribute";
    public const string RemoteFunctionsAttributeMetadata = "Runhouse.Protocol.Generated.RemoteFunctionsAttribute";

    // Runhouse: what users see.
    public const string Cluster = "global::Runhouse.Cluster";
    public const string RemoteFunctionsOf = "global::Runhouse.IRemoteFunctions";
    public const string MachineProviders = "global::Runhouse.Runtime.Leases.MachineProviders";
    public const string NameConflict = "global::Runhouse.NameConflict";
    public const string RemoteCalls = "global::Runhouse.RemoteCalls";
    public const string RemoteContext = "global::Runhouse.RemoteContext";
    public const string RemoteObject = "global::Runhouse.RemoteObject";
    public const string RemoteObjectHandle = "global::Runhouse.RemoteObjectHandle";
    public const string RemoteOptions = "global::Runhouse.RemoteOptions";
    public const string RemotePlacement = "global::Runhouse.RemotePlacement";
    public const string RemoteProxies = "global::Runhouse.RemoteProxies";
    public const string RemoteProxyFactory = "global::Runhouse.RemoteProxyFactory";
    public const string RemoteServices = "global::Runhouse.RemoteServices";
    public const string Resources = "global::Runhouse.Resources";
    public const string NoResources = Resources + ".None";
    public const string ContractMismatchException = "global::Runhouse.ContractMismatchException";
    public const string RemoteSerializationException = "global::Runhouse.RemoteSerializationException";

    // Runhouse.Protocol.Generated: the ABI.
    public const string IncomingCall = "global::Runhouse.Protocol.Generated.IncomingCall";
    public const string ObjectForm = "global::Runhouse.Protocol.Generated.ObjectForm";
    public const string RemoteContract = "global::Runhouse.Protocol.Generated.RemoteContract";
    public const string RemoteContractAttribute = "global::Runhouse.Protocol.Generated.RemoteContractAttribute";
    public const string RemoteContractReferenceAttribute = "global::Runhouse.Protocol.Generated.RemoteContractReferenceAttribute";
    public const string RemoteContracts = "global::Runhouse.Protocol.Generated.RemoteContracts";
    public const string RemoteFunctionsAttribute = "global::Runhouse.Protocol.Generated.RemoteFunctionsAttribute";
    public const string RemoteMember = "global::Runhouse.Protocol.Generated.RemoteMember";
    public const string RemoteMethod = "global::Runhouse.Protocol.Generated.RemoteMethod";
    public const string RemoteSchedule = "global::Runhouse.Protocol.Generated.RemoteSchedule";
    public const string RemoteServicesContext = "global::Runhouse.Protocol.Generated.RemoteServicesContext";
    public const string RemoteSnapshot = "global::Runhouse.Protocol.Generated.RemoteSnapshot";
    public const string RemoteStreamMethod = "global::Runhouse.Protocol.Generated.RemoteStreamMethod";
    public const string RemoteTarget = "global::Runhouse.Protocol.Generated.RemoteTarget";
    public const string Unit = "global::Runhouse.Protocol.Generated.Unit";
    public const string WireRead = "global::Runhouse.Protocol.Generated.WireRead";
    public const string WireReader = "global::Runhouse.Protocol.Generated.WireReader";
    public const string WireWriter = "global::Runhouse.Protocol.Generated.WireWriter";

    /// <summary>Marks every emitted type; without a version, so that an update of the generator changes no output by itself.</summary>
    public const string GeneratedCode = "[global::System.CodeDom.Compiler.GeneratedCode(\"Runhouse.Generators\", null)]";

    /// <summary>
    /// Marks every emitted type that users do not see. Obsolete, because only obsolete code may name what is obsolete as an error: such members of data
    /// travel like others, and such remote members are called by callers of an older build.
    /// </summary>
    public const string GeneratedInternals = "[global::System.CodeDom.Compiler.GeneratedCode(\"Runhouse.Generators\", null), global::System.Obsolete]";

    /// <summary>The namespace of everything emitted that users do not see.</summary>
    /// <param name="assemblyName">The assembly's simple name.</param>
    public static string ContractNamespace(string assemblyName)
    {
        var name = new System.Text.StringBuilder("Runhouse.Generated.", assemblyName.Length + 24);
        if (assemblyName.Length == 0 || char.IsDigit(assemblyName[0]))
            name.Append('_');
        foreach (char c in assemblyName)
            name.Append(char.IsLetterOrDigit(c) || c == '_' ? c : '_');
        return name.ToString();
    }
}
