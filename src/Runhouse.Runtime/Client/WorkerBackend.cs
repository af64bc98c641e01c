using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Client;

/// <summary>Carries out calls in workers of a cluster.</summary>
/// <param name="options">The configuration.</param>
/// <param name="clusters">The clusters.</param>
/// <param name="needs">Checks what code needs against this machine.</param>
internal sealed class WorkerBackend(RunhouseOptions options, ClusterConnections clusters, LocalNeeds needs) : RemoteBackend
{
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
        var router = new LazyObjectRouter(cancellationToken => placement is { Name: { } name, NameConflict: NameConflict.Fail }
            ? ConstructOrAttachAsync(placement, name, constructor, cancellationToken)
            : ConstructAsync(placement, constructor, cancellationToken));

        // One that exists already may live in the worker of another build.
        return new LazyObjectHandle(clusters.Of(placement.Cluster), router, placement.Name, Target(placement, router, placement.Name is null ? ObjectForm.Array : ObjectForm.Map));
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
            string typeName = placement.Contract.Members.First(member => member.Id == constructor.Id).TypeName;
            AttachedObject attached = await FindAsync(placement, name, typeName, cancellationToken).ConfigureAwait(false);
            attached.Connection.Calls.Handles.Add();
            return (attached.Connection, attached.ObjectId);
        }
    }

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
        return creation.Begin(
            Target(placement, creation, ObjectForm.Array).BeginConstructor(constructor, placement.Name, placement.NameConflict == NameConflict.Replace),
            (connection, id) => new WorkerObjectHandle(
                clusters.Of(placement.Cluster), connection, id, placement.Name, Target(placement, new ObjectRouter(connection, id, placement.Name), ObjectForm.Array)));
    }

    /// <inheritdoc/>
    public override async Task<RemoteObjectHandle> AttachAsync(
        RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
    {
        AttachedObject attached = await FindAsync(placement, name, typeName, cancellationToken).ConfigureAwait(false);
        attached.Connection.Calls.Handles.Add();
        var router = new ObjectRouter(attached.Connection, attached.ObjectId, name);
        return new WorkerObjectHandle(
            clusters.Of(placement.Cluster), attached.Connection, attached.ObjectId, name, Target(placement, router, attached.IsOwnBuild ? ObjectForm.Array : ObjectForm.Map));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => clusters.DisposeAsync();

    private DeploymentRouter RouterOf(RemotePlacement placement) => ConnectionOf(placement).Functions(ChoiceOf(placement));

    private ClusterConnection ConnectionOf(RemotePlacement placement)
    {
        ClusterConnection connection = clusters.Of(placement.Cluster);
        if (connection.Spec == ClusterSpec.Local)
            needs.Check(placement.Needs);
        return connection;
    }

    private WorkerChoice ChoiceOf(RemotePlacement placement)
        => new(placement.Needs, placement.Process, placement.Options?.WaitForCapacity ?? options.Calls.WaitForCapacity);

    private async Task<AttachedObject> FindAsync(RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
    {
        AttachedObject attached = await clusters.Of(placement.Cluster).AttachAsync(name, cancellationToken).ConfigureAwait(false);
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
