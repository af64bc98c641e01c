using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>
/// Runs remote code in the caller's own process, for unit tests and debugging: no host, no worker, no frames. Arguments, results, items,
/// reports and exceptions still go through the serializer, so that nothing is shared that would not be shared remotely.
/// </summary>
/// <param name="limits">What is accepted.</param>
/// <param name="time">Measures deadlines.</param>
/// <param name="log">Takes level, category and text of the lines that remote code logs.</param>
internal sealed class InlineRuntime(WireLimits limits, TimeProvider time, Action<int, string, string> log)
{
    private readonly ConcurrentDictionary<ulong, InlineObject> _objects = new();
    private readonly ConcurrentDictionary<string, InlineObject> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<RemoteContract, Lazy<IServiceProvider?>> _services = new();
    private readonly ConcurrentDictionary<(ulong Object, ulong Method), SemaphoreSlim> _gates = new();
    private readonly Lock _naming = new();
    private long _lastId;

    /// <summary>What is accepted.</summary>
    public WireLimits Limits { get; } = limits;

    /// <summary>The values that references lead to.</summary>
    public InlineValues Values { get; } = new();

    /// <summary>Where calls of an assembly's remote functions go.</summary>
    /// <param name="contract">The assembly's contract.</param>
    /// <param name="options">How calls are made; null for the defaults.</param>
    public RemoteTarget Functions(RemoteContract contract, RemoteOptions? options = null)
        => new InlineTarget(this, contract, 0, null, options ?? RemoteOptions.Default);

    /// <summary>Begins the call of a constructor, whose result is the object's id for <see cref="Handle(ulong, RemoteOptions?)"/>.</summary>
    /// <param name="contract">The assembly's contract.</param>
    /// <param name="constructor">The constructor.</param>
    /// <param name="name">The object's name; null for an anonymous one.</param>
    /// <param name="conflict">What to do when an object of that name exists.</param>
    /// <param name="options">How calls are made; null for the defaults.</param>
    public OutgoingCall<ulong> BeginCreate(
        RemoteContract contract, RemoteMethod<ulong> constructor, string? name, NameConflict conflict, RemoteOptions? options = null)
        => new InlineTarget(this, contract, 0, new InlineName(name, conflict), options ?? RemoteOptions.Default).Begin(constructor);

    /// <summary>The handle of the object that a constructor's call made.</summary>
    /// <param name="objectId">The call's result.</param>
    /// <param name="options">How calls are made; null for the defaults.</param>
    public RemoteObjectHandle Handle(ulong objectId, RemoteOptions? options = null) => Handle(Find(objectId), options);

    /// <summary>The handle of the object of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="typeName">The full name of the remote class.</param>
    /// <param name="options">How calls are made; null for the defaults.</param>
    /// <exception cref="RemoteNotFoundException">There is no such object, or it is of another class.</exception>
    public RemoteObjectHandle Attach(string name, string typeName, RemoteOptions? options = null)
    {
        if (!_names.TryGetValue(name, out InlineObject? found))
        {
            string known = string.Join(", ", _names.Keys.Order(StringComparer.Ordinal).Take(8).Select(other => $"'{other}'"));
            throw new RemoteNotFoundException(
                $"No remote object is named '{name}' in this process (inline mode). {(known.Length > 0 ? $"There are: {known}." : "There is none of any name; create one first.")}");
        }

        return found.TypeName == typeName
            ? Handle(found, options)
            : throw new RemoteNotFoundException($"The remote object '{name}' is a {found.TypeName}, not a {typeName}. Attach by its own class.");
    }

    /// <summary>The services of an assembly's remote code, made at first use; null when it has none.</summary>
    /// <param name="contract">The assembly's contract.</param>
    public IServiceProvider? Services(RemoteContract contract)
        => _services.GetOrAdd(contract, key => new Lazy<IServiceProvider?>(() => key.CreateServices(new InlineServicesContext(log)))).Value;

    /// <summary>Takes an object out, if it is still there, and disposes it.</summary>
    /// <param name="objectId">The object.</param>
    public ValueTask RemoveAsync(ulong objectId)
        => _objects.TryGetValue(objectId, out InlineObject? instance) ? RemoveAsync(instance) : ValueTask.CompletedTask;

    /// <summary>Takes an object out and disposes it.</summary>
    /// <param name="instance">The object.</param>
    public async ValueTask RemoveAsync(InlineObject instance)
    {
        if (!_objects.TryRemove(KeyValuePair.Create(instance.Id, instance)))
            return;
        _gates.TryRemove((instance.Id, 0), out _);
        if (instance.Name is { } name)
            _names.TryRemove(KeyValuePair.Create(name, instance));
        await instance.DisposeInstanceAsync().ConfigureAwait(false);
    }

    /// <summary>Runs one call to its end, or until the caller need not wait any longer.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="method">The member.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="items">Where a stream's items go; null when the result is no stream.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The result's bytes.</returns>
    public async Task<byte[]> RunAsync(
        InlineTarget target, RemoteMethod method, InlineArguments arguments, ChannelWriter<byte[]>? items, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(target.Options.Timeout ?? Timeout.InfiniteTimeSpan, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            arguments.Lend();
            Task<Outcome> call = Start(() => DispatchAsync(target, method, arguments, items, ending.Token));
            Outcome outcome;
            try
            {
                outcome = await call.WaitAsync(ending.Token).ConfigureAwait(false);
            }
            catch
            {
                _ = ReleaseAsync(call);
                throw;
            }

            return outcome.Failed ? throw ErrorCodec.Read(outcome.Body, Limits) : outcome.Body;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException($"The call of {method.Name} was cancelled.", cancellationToken);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw TimeLimit.Passed(method, target.Options.Timeout.GetValueOrDefault(), callId: null);
        }
    }

    /// <summary>Starts remote code without what flows with the caller (<see cref="AsyncLocal{T}"/>): nothing of that would travel.</summary>
    private static Task<Outcome> Start(Func<Task<Outcome>> call)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Task.Run(call);
        using (ExecutionContext.SuppressFlow())
            return Task.Run(call);
    }

    private async Task<Outcome> DispatchAsync(
        InlineTarget target, RemoteMethod method, InlineArguments arguments, ChannelWriter<byte[]>? items, CancellationToken ending)
    {
        string callId = Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);
        new InlineContext(callId, ending).Enter();
        SemaphoreSlim? gate = null;
        InlineHandedOut? handedOut = null;
        try
        {
            ulong objectId = target.Lazy is { } lazy ? await lazy.GetAsync().WaitAsync(ending).ConfigureAwait(false) : target.ObjectId;
            object? instance = objectId == 0 ? null : Find(objectId).Instance;
            if (Gate(target.Contract, objectId, method) is { } limit)
            {
                await limit.WaitAsync(ending).ConfigureAwait(false);
                gate = limit;
            }

            if (target.Creation is { Name: { } name, Conflict: NameConflict.Fail } && _names.ContainsKey(name))
                throw NameInUse(name);
            using var invocation = new InlineInvocation(target, method, instance, arguments, items, ending);
            handedOut = invocation.HandedOut;
            await DispatchAsync(target.Contract, invocation).ConfigureAwait(false);
            if (invocation.Created is { } created)
                invocation.CompleteWithId(await AddAsync(created, target, method).ConfigureAwait(false));
            return new Outcome(false, invocation.Result, handedOut);
        }
        catch (Exception e)
        {
            using var body = new BodyBuffer();
            ErrorCodec.Write(body, e, InlineContext.Place, InlineContext.Place, callId);
            if (handedOut is not null)
                await handedOut.ReleaseAsync().ConfigureAwait(false);
            return new Outcome(true, body.Written.ToArray(), null);
        }
        finally
        {
            gate?.Release();
            await arguments.TakeBackAsync().ConfigureAwait(false);
        }
    }

    private static async Task ReleaseAsync(Task<Outcome> call)
    {
        // Nobody waits for the outcome any more, and what it hands out would stay for good.
        Outcome outcome = await call.ConfigureAwait(false);
        if (outcome.HandedOut is { } handedOut)
            await handedOut.ReleaseAsync().ConfigureAwait(false);
    }

    private static ValueTask DispatchAsync(RemoteContract contract, InlineInvocation invocation)
    {
        try
        {
            return contract.DispatchAsync(invocation);
        }
        catch (Exception error)
        {
            return ValueTask.FromException(invocation.Explain(error));
        }
    }

    private SemaphoreSlim? Gate(RemoteContract contract, ulong objectId, RemoteMethod method)
    {
        RemoteMember? member = contract.Members.FirstOrDefault(member => member.Id == method.Id);
        if (member is null or { Concurrency: 0 } or { Kind: RemoteMemberKind.Constructor })
            return null;

        // An object's limit is shared by its members; a function has its own.
        (ulong, ulong) key = objectId == 0 ? (0, method.Id) : (objectId, 0);
        return _gates.GetOrAdd(key, static (_, limit) => new SemaphoreSlim(limit), member.Concurrency);
    }

    private async ValueTask<ulong> AddAsync(object created, InlineTarget target, RemoteMethod constructor)
    {
        string? name = target.Creation?.Name;
        string typeName = target.Contract.Members.First(member => member.Id == constructor.Id).TypeName;
        var added = new InlineObject((ulong)Interlocked.Increment(ref _lastId), name, created, typeName, target.Contract);
        InlineObject? replaced = null;
        bool taken = false;
        lock (_naming)
        {
            if (name is not null)
            {
                taken = _names.TryGetValue(name, out replaced) && target.Creation!.Conflict == NameConflict.Fail;
                if (!taken)
                    _names[name] = added;
            }

            if (!taken)
                _objects[added.Id] = added;
        }

        if (taken)
        {
            await added.DisposeInstanceAsync().ConfigureAwait(false);
            throw NameInUse(name!);
        }

        if (replaced is not null)
            await RemoveAsync(replaced).ConfigureAwait(false);
        return added.Id;
    }

    private InlineObject Find(ulong objectId) => _objects.TryGetValue(objectId, out InlineObject? found)
        ? found
        : throw new RemoteNotFoundException("The remote object has been disposed or deleted. Create another, or attach to one by name.");

    private InlineHandle Handle(InlineObject instance, RemoteOptions? options)
        => new(this, instance, new InlineTarget(this, instance.Contract, instance.Id, null, options ?? RemoteOptions.Default));

    private static NameInUseException NameInUse(string name)
        => new($"A remote object named '{name}' exists already. Attach to it, choose another name, or create with NameConflict.Replace.");

    private readonly record struct Outcome(bool Failed, byte[] Body, InlineHandedOut? HandedOut);
}
