using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Worker.Tests.Processes;

/// <summary>Calls as generated proxies make them.</summary>
internal static class Calls
{
    public static Task<T> CallAsync<T>(
        this ClientConnection connection, RemoteMethod<T> method, int? argument = null, ulong objectId = 0, CancellationToken cancellationToken = default)
    {
        var call = Target(connection, objectId).Begin(method);
        return SendAsync(call, argument, cancellationToken).AsTask();
    }

    public static Task<T> CallAsync<T>(this ClientConnection connection, RemoteMethod<T> method, byte[] argument)
    {
        var call = Target(connection, 0).Begin(method);
        var writer = call.BeginArguments();
        writer.WriteBlock<byte>(argument);
        return call.SendAsync(ref writer, default).AsTask();
    }

    public static Task<ulong> ConstructAsync(this ClientConnection connection, RemoteMethod<ulong> constructor, int argument, string? name = null)
        => SendAsync(Target(connection, 0).BeginConstructor(constructor, name, replace: false), argument, default).AsTask();

    public static Task<T> CallWithinAsync<T>(this ClientConnection connection, RemoteMethod<T> method, TimeSpan timeout)
        => SendAsync(Target(connection, 0, CallSettings.Default with { Timeout = timeout }).Begin(method), argument: null, default).AsTask();

    private static ConnectionTarget Target(ClientConnection connection, ulong objectId, CallSettings? settings = null)
        => new(new Router(connection, objectId), ObjectForm.Array, settings ?? CallSettings.Default, WireLimits.Default);

    private static ValueTask<T> SendAsync<T>(OutgoingCall<T> call, int? argument, CancellationToken cancellationToken)
    {
        var writer = call.BeginArguments();
        if (argument is { } value)
            writer.WriteInt32(value);
        return call.SendAsync(ref writer, cancellationToken);
    }

    private sealed class Router(ClientConnection connection, ulong objectId) : ICallRouter
    {
        public bool TryGetRoute(out CallRoute route)
        {
            route = new CallRoute(connection, objectId);
            return true;
        }

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => new(new CallRoute(connection, objectId));
    }
}
