using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Clusters;

namespace Runhouse;

/// <summary>
/// An application on a cluster, or a named object of one, that is called by names and with JSON: for tools, which were built without its code. What fits is found
/// out in its worker, which alone knows the types. Dispose it to close its connection.
/// </summary>
public sealed class ClusterApplication : IAsyncDisposable
{
    private readonly Func<WorkerChoice, CancellationToken, Task<WorkerConnection>> _open;
    private readonly WorkerConnection _connection;
    private readonly CallSettings _settings;
    private readonly WireLimits _limits;
    private readonly ConcurrentDictionary<Resources, NeedyRouter> _needy = new();

    private ClusterApplication(
        Func<WorkerChoice, CancellationToken, Task<WorkerConnection>> open, WorkerConnection connection, CallSettings settings, WireLimits limits, IReadOnlyList<RemoteMember> members)
        => (_open, _connection, _settings, _limits, Members) = (open, connection, settings, limits, members);

    /// <summary>The id of the deployment.</summary>
    public string Deployment => _connection.Worker.Deployment;

    private ulong ObjectId => _connection.Worker.ObjectId;

    /// <summary>The remote members: of the application, or of the named object's class.</summary>
    public IReadOnlyList<RemoteMember> Members { get; }

    /// <summary>Finds a member. As much of its name is enough as no other has, and of overloads the arguments choose.</summary>
    /// <param name="name">The name: <c>Jobs.PreprocessAsync</c>, also with the namespace.</param>
    /// <param name="arguments">The names of the parameters that get arguments.</param>
    /// <exception cref="RemoteNotFoundException">There is none; the message names near ones.</exception>
    /// <exception cref="ArgumentException">There are several, or the arguments are not those of its parameters, or it is called on an object; the message has the signature.</exception>
    public RemoteMember Find(string name, IReadOnlyCollection<string> arguments)
    {
        RemoteMember member = MemberSearch.Find(Members, name, arguments);
        return member.Kind == RemoteMemberKind.Function || ObjectId != 0 ? member : throw new ArgumentException(
            $"{MemberNames.Describe(member)} is called on a remote object, and none was named. Name one that a program has created under a name: 'runhouse call --name NAME', Cluster.OpenObjectAsync in code.");
    }

    /// <summary>Calls a member that has one result, or none.</summary>
    /// <param name="member">The member, of <see cref="Members"/>.</param>
    /// <param name="arguments">The arguments by the names of the parameters; those that are absent have their defaults. A parameter that is a stream takes an array.</param>
    /// <param name="progress">Takes what the member reports; null to drop it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The result; null where there is none.</returns>
    /// <exception cref="RemoteException">The call failed; also an exception that the member itself threw, of whatever type.</exception>
    public async Task<JsonElement?> CallAsync(
        RemoteMember member, IReadOnlyDictionary<string, JsonElement> arguments, IProgress<JsonElement>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(arguments);
        JsonElement[] values = Bind(member, arguments);
        bool hasResult = member.ResultType.Length > 0;
        var method = new RemoteMethod<JsonElement>(member.Id, MemberNames.Short(member), schemaHash: 0, hasResult ? JsonValues.Read : null);
        JsonElement result = await Send().ConfigureAwait(false);
        return hasResult ? result : null;

        ValueTask<JsonElement> Send()
        {
            OutgoingCall<JsonElement> call = TargetOf(member).Begin(method, out WireWriter writer);
            try
            {
                Write(call, ref writer, member, values, progress);
            }
            catch (Exception error)
            {
                return call.FailAsync(ref writer, error);
            }

            return call.SendAsync(ref writer, cancellationToken);
        }
    }

    /// <summary>Calls a member whose result is a stream.</summary>
    /// <param name="member">The member, of <see cref="Members"/>.</param>
    /// <param name="arguments">The arguments by the names of the parameters; those that are absent have their defaults. A parameter that is a stream takes an array.</param>
    /// <param name="progress">Takes what the member reports; null to drop it.</param>
    /// <param name="cancellationToken">Cancels the call, as does leaving the enumeration.</param>
    /// <exception cref="RemoteException">The call failed; also an exception that the member itself threw, of whatever type.</exception>
    public IAsyncEnumerable<JsonElement> StreamAsync(
        RemoteMember member, IReadOnlyDictionary<string, JsonElement> arguments, IProgress<JsonElement>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(arguments);
        JsonElement[] values = Bind(member, arguments);
        OutgoingStream<JsonElement> call = TargetOf(member).BeginStream(new RemoteStreamMethod<JsonElement>(member.Id, MemberNames.Short(member), schemaHash: 0, JsonValues.Read), out WireWriter writer);
        try
        {
            Write(call, ref writer, member, values, progress);
        }
        catch (Exception error)
        {
            return call.Fail(ref writer, error);
        }

        return call.Stream(ref writer, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.RetireAsync().ConfigureAwait(false);
        foreach (NeedyRouter router in _needy.Values)
            await router.RetireAsync().ConfigureAwait(false);
    }

    /// <summary>Asks a worker what it has.</summary>
    /// <param name="open">Connects to a worker of the application. The connections belong to the application from then on.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal static async Task<ClusterApplication> OpenAsync(
        Func<WorkerChoice, CancellationToken, Task<WorkerConnection>> open, RunhouseOptions options, CancellationToken cancellationToken)
    {
        WorkerConnection connection = await open(WorkerChoice.Plain, cancellationToken).ConfigureAwait(false);
        var settings = new CallSettings(options.Calls.Timeout, StreamLogs: true);
        ulong objectId = connection.Worker.ObjectId;
        var router = new Router(connection, objectId);
        IReadOnlyList<RemoteMember> members;
        try
        {
            members = ContractDescription.Read(
                await AskAsync(new ConnectionTarget(router, ObjectForm.Array, settings with { StreamLogs = false }, options.Limits), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await connection.RetireAsync().ConfigureAwait(false);
            throw;
        }

        if (connection.Worker.TypeName is { } type)
            members = [.. members.Where(one => one.TypeName == type && one.Kind == RemoteMemberKind.Member)];
        return new ClusterApplication(open, connection, settings, options.Limits, members);
    }

    private ConnectionTarget TargetOf(RemoteMember member)
    {
        Resources needs = ObjectId == 0 ? member.ReadNeeds() : Resources.None;
        ICallRouter router = needs == Resources.None
            ? new Router(_connection, ObjectId)
            : _needy.GetOrAdd(needs, static (needs, open) => new NeedyRouter(needs, open), _open);
        return new ConnectionTarget(router, ObjectForm.Plain, _settings, _limits);
    }

    private static ValueTask<string?> AskAsync(ConnectionTarget target, CancellationToken cancellationToken)
    {
        OutgoingCall<string?> call = target.Begin(ContractDescription.Method, out WireWriter writer);
        return call.SendAsync(ref writer, cancellationToken);
    }

    private static JsonElement[] Bind(RemoteMember member, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var values = new JsonElement[member.Parameters.Count];
        for (int i = 0; i < values.Length; i++)
        {
            RemoteParameter parameter = member.Parameters[i];
            values[i] = Argument(parameter, arguments);
            if (parameter.Kind == RemoteParameterKind.Stream && values[i].ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
                throw new ArgumentException($"'{parameter.Name}' of {MemberNames.Describe(member)} is a stream: give an array of its items.");
        }

        return values;
    }

    private static JsonElement Argument(RemoteParameter parameter, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        foreach ((string name, JsonElement value) in arguments)
        {
            if (string.Equals(name, parameter.Name, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return JsonElement.Parse(parameter.DefaultJson ?? "null");
    }

    private static void Write(OutgoingCall call, ref WireWriter writer, RemoteMember member, JsonElement[] values, IProgress<JsonElement>? progress)
    {
        for (int i = 0; i < values.Length; i++)
        {
            switch (member.Parameters[i].Kind)
            {
                case RemoteParameterKind.Progress:
                    call.WriteProgress(ref writer, progress, JsonValues.Read);
                    break;
                case RemoteParameterKind.Stream:
                    call.WriteStream(ref writer, values[i].ValueKind == JsonValueKind.Null ? null : ItemsAsync(values[i]), JsonValues.Write);
                    break;
                default:
                    JsonValues.Write(ref writer, values[i]);
                    break;
            }
        }
    }

    private static async IAsyncEnumerable<JsonElement> ItemsAsync(JsonElement array, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (JsonElement item in array.EnumerateArray())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    private sealed class Router(WorkerConnection connection, ulong objectId) : ICallRouter
    {
        public bool IsBound => true;

        public bool TryGetRoute(out CallRoute route)
        {
            route = new CallRoute(connection.Calls, objectId);
            return connection.IsOpen;
        }

        public async ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken)
            => throw await connection.Loss.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leads to the worker of members that need something in particular, which is connected to when one of them is called.</summary>
    private sealed class NeedyRouter(Resources needs, Func<WorkerChoice, CancellationToken, Task<WorkerConnection>> open) : ICallRouter
    {
        private readonly DeploymentRouter _router = new(attempt => open(WorkerChoice.Plain with { Needs = needs }, attempt.Token));

        public bool TryGetRoute(out CallRoute route) => _router.TryGetRoute(out route);

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => _router.GetRouteAsync(cancellationToken);

        public Task RetireAsync() => _router.Current?.RetireAsync() ?? Task.CompletedTask;
    }
}
