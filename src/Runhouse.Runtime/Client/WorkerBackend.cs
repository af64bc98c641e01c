using System.Collections.Concurrent;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Client;

/// <summary>Carries out calls in workers of a cluster.</summary>
/// <param name="options">The configuration.</param>
/// <param name="clusters">The clusters.</param>
/// <param name="needs">Checks what code needs against this machine.</param>
internal sealed class WorkerBackend(RunhouseOptions options, ClusterConnections clusters, LocalNeeds needs) : RemoteBackend
{
    private readonly ConcurrentDictionary<Resources, Cluster> _leased = new();
    private readonly CallSettings _calls = new(options.Calls.Timeout, options.Calls.StreamLogs) { Retries = options.Calls.Retries };

    /// <inheritdoc/>
    public override RemoteTarget Functions(RemotePlacement placement)
    {
        return Target(placement, RouterOf(placement), ObjectForm.Array);
    }

    /// <inheritdoc/>
    public override Task<SpawnedCall> SpawnAsync(RemotePlacement placement, DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken)
        => SpawnedCall.SpawnAsync(ConnectionOf(placement), ChoiceOf(placement), call, recorded, cancellationToken);

    /// <inheritdoc/>
    public override RemoteCreation BeginCreate(RemotePlacement placement, RemoteMethod<ulong> constructor) => Create(placement, constructor);

    /// <inheritdoc/>
    public override RemoteObjectHandle CreateLazily(RemotePlacement placement, RemoteMethod<ulong> constructor)
    {
        string? kept = KeptTypeOf(placement, constructor);
        bool isCreated = false;
        var router = new LazyObjectRouter(
            async attempt =>
            {
                // Once it is there, it comes back by itself.
                if (isCreated && kept is not null)
                    return await FollowAsync(placement, placement.Name!, kept, attempt.Token).ConfigureAwait(false);

                // Where it is to be is looked for as long as somebody waits. What is being created then may take longer than any caller's patience, and the next one has it.
                await RouterOf(placement).ConnectAsync(attempt.Token).ConfigureAwait(false);
                (WorkerConnection, ulong) created = await attempt.FinishAsync(() => placement is { Name: { } name, NameConflict: NameConflict.Fail }
                    ? ConstructOrAttachAsync(placement, name, constructor, CancellationToken.None)
                    : ConstructAsync(placement, constructor, CancellationToken.None)).ConfigureAwait(false);
                isCreated = true;
                return created;
            },
            isFollowing: kept is not null);

        // One that exists already may live in the worker of another build.
        return new LazyObjectHandle(ClusterOf(placement), router, placement.Name, Target(placement, router, placement.Name is null ? ObjectForm.Array : ObjectForm.Map));
    }

    private async Task<(WorkerConnection Connection, ulong Id)> ConstructOrAttachAsync(
        RemotePlacement placement, string name, RemoteMethod<ulong> constructor, CancellationToken cancellationToken)
    {
        try
        {
            return await ConstructAsync(placement, constructor, cancellationToken).ConfigureAwait(false);
        }
        catch (NameInUseException)
        {
            return await FollowAsync(placement, name, TypeOf(placement, constructor), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(WorkerConnection Connection, ulong Id)> FollowAsync(RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
    {
        AttachedObject attached = await FindAsync(placement, name, typeName, cancellationToken).ConfigureAwait(false);
        attached.Connection.Calls.Handles.Add();
        return (attached.Connection, attached.ObjectId);
    }

    private static string TypeOf(RemotePlacement placement, RemoteMethod<ulong> constructor) => placement.Contract.Members.First(member => member.Id == constructor.Id).TypeName;

    /// <summary>The class of an object whose state will be kept; null for an object without a name, or a class that keeps none.</summary>
    private static string? KeptTypeOf(RemotePlacement placement, RemoteMethod<ulong> constructor)
        => placement.Name is not null && TypeOf(placement, constructor) is var typeName && IsKept(placement, typeName) ? typeName : null;

    private static bool IsKept(RemotePlacement placement, string typeName) => placement.Contract.FindSnapshot(typeName) is not null;

    private Task<(WorkerConnection Connection, ulong Id)> ConstructAsync(
        RemotePlacement placement, RemoteMethod<ulong> constructor, CancellationToken cancellationToken)
    {
        WorkerCreation creation = Create(placement, constructor);
        WireWriter arguments = creation.Call.BeginArguments();
        return creation.FinishAsync(creation.Call.SendAsync(ref arguments, cancellationToken));
    }

    private WorkerCreation Create(RemotePlacement placement, RemoteMethod<ulong> constructor)
    {
        var creation = new WorkerCreation(RouterOf(placement));

        // Kept with the object: another build may have to read the arguments.
        string? kept = KeptTypeOf(placement, constructor);
        return creation.Begin(
            Target(placement, creation, kept is null ? ObjectForm.Array : ObjectForm.Map).BeginConstructor(constructor, placement.Name, placement.NameConflict == NameConflict.Replace),
            (connection, id) => kept is not null ? HandleOf(placement, placement.Name!, kept, connection, id) : new WorkerObjectHandle(
                ClusterOf(placement), connection, id, placement.Name, Target(placement, new ObjectRouter(connection, id, placement.Name), ObjectForm.Array)));
    }

    /// <summary>The handle of an object whose state is kept: it follows the object, which may come to the worker of another build.</summary>
    private LazyObjectHandle HandleOf(RemotePlacement placement, string name, string typeName, WorkerConnection connection, ulong id)
    {
        LazyObjectRouter router = new LazyObjectRouter(attempt => FollowAsync(placement, name, typeName, attempt.Token), isFollowing: true).At(connection, id);
        return new LazyObjectHandle(ClusterOf(placement), router, name, Target(placement, router, ObjectForm.Map));
    }

    /// <inheritdoc/>
    public override async Task<RemoteObjectHandle> AttachAsync(
        RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
    {
        AttachedObject attached = await FindAsync(placement, name, typeName, cancellationToken).ConfigureAwait(false);
        attached.Connection.Calls.Handles.Add();
        if (IsKept(placement, typeName))
            return HandleOf(placement, name, typeName, attached.Connection, attached.ObjectId);
        var router = new ObjectRouter(attached.Connection, attached.ObjectId, name);
        return new WorkerObjectHandle(
            ClusterOf(placement), attached.Connection, attached.ObjectId, name, Target(placement, router, attached.IsOwnBuild ? ObjectForm.Array : ObjectForm.Map));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => clusters.DisposeAsync();

    private ClusterConnection ClusterOf(RemotePlacement placement) => clusters.Of(placement.Cluster ?? DefaultFor(placement.Needs));

    // The configured cluster; where machines are leased, one for each kind of need that this machine cannot satisfy, or that names another one's place.
    private Cluster? DefaultFor(Resources code)
    {
        if (options.Cluster != OnDemandProvider.ProviderName)
            return null;
        return _leased.GetOrAdd(code, static (code, needs) => needs.AreMet(code) && code is { Providers.Count: 0, Regions.Count: 0, InstanceTypes.Count: 0 } ? Cluster.Local() : Cluster.OnDemand(OnDemandProvider.NameFor(code), code), needs);
    }

    private DeploymentRouter RouterOf(RemotePlacement placement) => ConnectionOf(placement).Functions(ChoiceOf(placement));

    private ClusterConnection ConnectionOf(RemotePlacement placement)
    {
        ClusterConnection connection = ClusterOf(placement);
        if (connection.Spec == ClusterSpec.Local)
            needs.Check(placement.Needs);
        return connection;
    }

    private WorkerChoice ChoiceOf(RemotePlacement placement)
        => new(placement.Needs, placement.Process, placement.Options?.WaitForCapacity ?? options.Calls.WaitForCapacity);

    private async Task<AttachedObject> FindAsync(RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
    {
        ClusterConnection cluster = ClusterOf(placement);
        AttachedObject attached = IsKept(placement, typeName)
            ? await cluster.AttachKeptAsync(name, ChoiceOf(placement), cancellationToken).ConfigureAwait(false)
            : await cluster.AttachAsync(name, cancellationToken).ConfigureAwait(false);
        return attached.TypeName is not { } actual || actual == typeName ? attached : throw new RemoteNotFoundException(
            $"The remote object '{name}' is of class {actual}, not {typeName}. Attach with the proxy of {actual}, or use the name of an object of class {typeName}.");
    }

    private ConnectionTarget Target(RemotePlacement placement, ICallRouter router, ObjectForm form) => new(
        router,
        form,
        placement.Options is { } given ? _calls with
        {
            Timeout = given.Timeout ?? options.Calls.Timeout,
            StreamLogs = given.StreamLogs,
            Retries = given.Retries ?? options.Calls.Retries,
        } : _calls,
        options.Limits);
}
