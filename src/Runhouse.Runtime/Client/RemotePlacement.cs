using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse;

/// <summary>
/// What is said about a remote object or function before it is called: where, under which name, with which options. Generated entry
/// points wrap it; each method returns a changed copy.
/// </summary>
public sealed record RemotePlacement
{
    // What the last call resolved to, so that a call in a steady state looks nothing up. A copy starts without it.
    private volatile ResolvedFunctions? _functions;

    private const int MaxNameLength = 200;
    private const int MaxProcessNameLength = 100;

    // Whether the needs were said here, and not by an attribute.
    private bool _hasGivenNeeds;

    /// <summary>Makes the placement that an attribute asks for.</summary>
    /// <param name="contract">The contract of the assembly.</param>
    /// <param name="needs">What the code needs.</param>
    public RemotePlacement(RemoteContract contract, Resources needs) => (Contract, Needs) = (contract, needs);

    private RemotePlacement(RemotePlacement original)
    {
        (Contract, Needs, Cluster) = (original.Contract, original.Needs, original.Cluster);
        (_hasGivenNeeds, Process) = (original._hasGivenNeeds, original.Process);
        (Name, NameConflict, Options) = (original.Name, original.NameConflict, original.Options);
        Recorder = original.Recorder;
    }

    /// <summary>The contract of the assembly.</summary>
    public RemoteContract Contract { get; }

    /// <summary>What the code needs.</summary>
    public Resources Needs { get; private init; }

    /// <summary>The cluster chosen; null leaves the choice to the configuration.</summary>
    public Cluster? Cluster { get; private init; }

    /// <summary>The named process in which the code runs; null for the worker of all code with the same needs.</summary>
    internal RemoteProcess? Process { get; private init; }

    /// <summary>The name of the object to create; null for an anonymous one.</summary>
    public string? Name { get; private init; }

    /// <summary>What to do when an object of that name exists.</summary>
    public NameConflict NameConflict { get; private init; }

    /// <summary>How calls are made; null leaves it to the configuration.</summary>
    public RemoteOptions? Options { get; private init; }

    /// <summary>What writes the calls down instead of sending them; null when they are sent.</summary>
    internal CallRecorder? Recorder { get; private init; }

    /// <summary>Where calls of the assembly's remote functions go.</summary>
    public RemoteTarget Functions
    {
        get
        {
            if (Recorder is not null)
                return Recorder.Of(this);
            RunhouseRuntime runtime = RunhouseRuntime.Current;
            ResolvedFunctions? resolved = _functions;
            if (resolved is null || resolved.Runtime != runtime)
                _functions = resolved = new ResolvedFunctions(runtime, runtime.Backend.Functions(this));
            return resolved.Target;
        }
    }

    /// <summary>Chooses the cluster.</summary>
    /// <param name="cluster">The cluster.</param>
    public RemotePlacement On(Cluster cluster) => this with { Cluster = cluster };

    /// <summary>Names the object to create, so that other processes can attach to it.</summary>
    /// <param name="name">The name, unique on the cluster: 1 to 200 characters, no control characters.</param>
    /// <param name="conflict">What to do when an object of that name exists.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or holds control characters.</exception>
    public RemotePlacement Named(string name, NameConflict conflict)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxNameLength || name.Any(char.IsControl))
            throw new ArgumentException($"A remote object's name has 1 to {MaxNameLength} characters and no control characters. Choose another one.", nameof(name));
        return this with { Name = name, NameConflict = conflict };
    }

    /// <summary>Says what the code needs this time, in place of what its attribute says.</summary>
    /// <param name="needs">The needs.</param>
    public RemotePlacement Needing(Resources needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        return this with { Needs = needs, _hasGivenNeeds = true };
    }

    /// <summary>
    /// Puts the code into a process of its own, which all code of the same build shares that names it. The first call or object starts it, with what its code needs; it ends
    /// when nobody uses it any more, or by <c>runhouse kill</c>.
    /// </summary>
    /// <param name="name">The process's name: 1 to 100 characters, no control characters.</param>
    /// <param name="variables">Environment variables that only this process has; null for none of its own, or those that it was started with.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or holds control characters.</exception>
    public RemotePlacement InProcess(string name, IReadOnlyDictionary<string, string>? variables)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxProcessNameLength || name.Any(char.IsControl))
            throw new ArgumentException($"A process's name has 1 to {MaxProcessNameLength} characters and no control characters. Choose another one.", nameof(name));
        return this with { Process = RemoteProcess.Of(name, variables) };
    }

    /// <summary>The same said about a function that has needs of its own.</summary>
    /// <param name="function">The placement that the function's attribute asks for.</param>
    public RemotePlacement Of(RemotePlacement function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return _hasGivenNeeds ? this : this with { Needs = function.Needs };
    }

    /// <summary>Sets how calls are made.</summary>
    /// <param name="options">The options.</param>
    public RemotePlacement With(RemoteOptions options) => this with { Options = options };

    /// <summary>Has the calls written down instead of sent.</summary>
    /// <param name="recorder">What writes them down: the recorder that a detached call gives.</param>
    /// <exception cref="ArgumentException">It writes nothing down.</exception>
    public RemotePlacement Recording(RemoteTarget recorder)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        return this with
        {
            Recorder = recorder as CallRecorder ?? throw new ArgumentException(
                $"A {recorder.GetType()} sends calls, where the recorder is expected that SpawnAsync gives. To detach a call, use SpawnAsync(jobs => jobs.PreprocessAsync(data)); "
                + "to send it, call the function.",
                nameof(recorder)),
        };
    }

    /// <summary>Begins the creation of an object.</summary>
    /// <param name="constructor">The constructor.</param>
    public RemoteCreation BeginCreate(RemoteMethod<ulong> constructor) => RunhouseRuntime.Current.Backend.BeginCreate(this, constructor);

    /// <summary>Attaches to the named object, which may live in another build's worker.</summary>
    /// <typeparam name="TProxy">The proxy's type.</typeparam>
    /// <param name="name">The object's name.</param>
    /// <param name="typeName">The full name of the remote class; an object of another class is an error.</param>
    /// <param name="proxy">Makes the proxy.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">There is no object of that name, or it is of another class.</exception>
    public async Task<TProxy> AttachAsync<TProxy>(
        string name, string typeName, Func<RemoteObjectHandle, TProxy> proxy, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(proxy);
        return proxy(await RunhouseRuntime.Current.Backend.AttachAsync(this, name, typeName, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Whether two placements say the same.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(RemotePlacement? other) => other is not null
        && ReferenceEquals(Contract, other.Contract)
        && Needs == other.Needs
        && Process == other.Process
        && (Cluster, Name, NameConflict, Options) == (other.Cluster, other.Name, other.NameConflict, other.Options);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Contract, Cluster, Name, NameConflict, Options);

    private sealed record ResolvedFunctions(RunhouseRuntime Runtime, RemoteTarget Target);
}
