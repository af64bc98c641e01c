using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;

namespace Runhouse.Worker.Loading;

/// <summary>A loaded deployment: the contracts of its assemblies, and their members by id.</summary>
internal sealed class Deployment
{
    private Deployment(string id, MissingFiles missing, AssemblyLoadContext context, IReadOnlyList<LoadedContract> contracts)
    {
        Id = id;
        Missing = missing;
        Patches = new CodePatches(context);
        Contracts = contracts;
        Members = MembersOf(contracts).ToFrozenDictionary();
    }

    /// <summary>The deployment's id.</summary>
    public string Id { get; }

    /// <summary>What was asked for in vain.</summary>
    public MissingFiles Missing { get; }

    /// <summary>What has been changed in its code since.</summary>
    public CodePatches Patches { get; }

    /// <summary>The contracts, the entry assembly's first.</summary>
    public IReadOnlyList<LoadedContract> Contracts { get; }

    /// <summary>All remote members by their id.</summary>
    public FrozenDictionary<ulong, MemberEntry> Members { get; }

    /// <summary>Runs the parts of a load that need no application, so that they are compiled when there is one.</summary>
    public static void WarmUp()
    {
        string self = typeof(Deployment).Assembly.Location;
        var context = new DeploymentLoadContext(Path.GetDirectoryName(self)!, self);
        context.LoadFromAssemblyName(typeof(RemoteContract).Assembly.GetName());
        FindContracts(typeof(RemoteContract).Assembly, context);
        _ = new Deployment("warm", new MissingFiles("warm"), context, [new LoadedContract(new NoContract(), null!)]);
    }

    /// <summary>Loads a deployment into this process, which becomes the application's: its folders, its entry assembly.</summary>
    /// <param name="load">What to load.</param>
    /// <param name="services">The worker, as the services of remote code see it.</param>
    /// <exception cref="DeploymentException">A file is missing or cannot be loaded.</exception>
    public static Deployment Load(LoadDeployment load, RemoteServicesContext services)
    {
        string directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(load.Directory));
        string entry = Path.Combine(directory, load.EntryAssembly);
        if (!File.Exists(entry))
        {
            throw new DeploymentException(
                $"The entry assembly {load.EntryAssembly} is not among the files of deployment {load.Deployment} in {directory}. Deploy again.");
        }

        var missing = new MissingFiles(load.Deployment);
        try
        {
            var context = new DeploymentLoadContext(directory, entry);
            missing.Watch(context);
            BecomeTheApplication(directory, entry);
            var assembly = context.LoadFromAssemblyPath(entry);
            Assembly.SetEntryAssembly(assembly);
            var contracts = FindContracts(assembly, context);
            if (contracts.Count == 0)
            {
                throw new DeploymentException(
                    $"The assembly {assembly.GetName().Name} and those it references declare no remote members. "
                    + "Mark a class or a static method with [Remote], or reference the project that does.");
            }

            return new Deployment(load.Deployment, missing, context, [.. contracts.Select(contract => new LoadedContract(contract, services))]);
        }
        catch (Exception exception) when (exception is not DeploymentException)
        {
            var explained = missing.Explain(exception);
            throw explained as DeploymentException ?? new DeploymentException(
                $"{load.EntryAssembly} of deployment {load.Deployment} could not be loaded: {explained.Message} "
                + "Check that the application was built for this host's framework, and deploy again.",
                explained);
        }
    }

    private static Dictionary<ulong, MemberEntry> MembersOf(IReadOnlyList<LoadedContract> contracts)
    {
        var members = new Dictionary<ulong, MemberEntry>();
        foreach (var contract in contracts)
        {
            foreach (var member in contract.Contract.Members)
            {
                if (members.TryAdd(member.Id, new MemberEntry(contract, member)))
                    continue;
                var other = members[member.Id];
                throw new DeploymentException(
                    $"Two remote members have the same id {member.Id:x16}: {other.Member.Signature} of {other.Contract.Contract.AssemblyName} and "
                    + $"{member.Signature} of {contract.Contract.AssemblyName}. Rename one of them or change its parameters, and deploy again.");
            }
        }

        return members;
    }

    private static void BecomeTheApplication(string directory, string entry)
    {
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", directory + Path.DirectorySeparatorChar);
        // Remote calls made by remote code deploy the application, not the worker.
        AppContext.SetData("APP_CONTEXT_DEPS_FILES", Path.ChangeExtension(entry, ".deps.json"));
        Environment.CurrentDirectory = directory;
    }

    private static List<RemoteContract> FindContracts(Assembly entry, DeploymentLoadContext context)
    {
        var contracts = new List<RemoteContract>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { entry.GetName().Name! };
        var next = new Queue<Assembly>([entry]);
        while (next.TryDequeue(out var assembly))
        {
            if (assembly.GetCustomAttribute<RemoteContractAttribute>() is { } attribute)
                contracts.Add(Instance(attribute.ContractType));
            foreach (var reference in assembly.GetCustomAttributes<RemoteContractReferenceAttribute>())
            {
                if (seen.Add(reference.AssemblyName))
                    next.Enqueue(context.LoadFromAssemblyName(new AssemblyName(reference.AssemblyName)));
            }
        }

        return contracts;
    }

    /// <summary>The instance that the assembly's module initializer registered, or a new one of a contract without one.</summary>
    private static RemoteContract Instance(Type type)
    {
        RuntimeHelpers.RunModuleConstructor(type.Module.ModuleHandle);
        var registered = RemoteContracts.Find(type.Assembly.GetName().Name!);
        if (registered?.GetType() == type)
            return registered;
        var contract = (RemoteContract)Activator.CreateInstance(type)!;
        RemoteContracts.Register(contract);
        return contract;
    }

    /// <summary>A contract with one member and no code.</summary>
    private sealed class NoContract : RemoteContract
    {
        public override string AssemblyName => "";

        public override ulong Hash => 0;

        public override IReadOnlyList<RemoteMember> Members { get; } = [new(256, "", "", 0, RemoteMemberKind.Function)];

        public override ValueTask DispatchAsync(IncomingCall call) => ValueTask.CompletedTask;
    }
}
