using System.Collections.Concurrent;
using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>The proxies of the remote classes of this process, for dependency injection. Generated module initializers fill it.</summary>
public static class RemoteProxies
{
    private static readonly ConcurrentDictionary<Type, RemoteProxyFactory> ByClass = new();

    /// <summary>Adds a remote class.</summary>
    /// <param name="remoteClass">The class.</param>
    /// <param name="factory">How its proxies are made.</param>
    public static void Register(Type remoteClass, RemoteProxyFactory factory) => ByClass[remoteClass] = factory;

    /// <summary>How proxies of a class are made, or null when the class is not remote.</summary>
    /// <param name="remoteClass">The class.</param>
    public static RemoteProxyFactory? Find(Type remoteClass) => ByClass.GetValueOrDefault(remoteClass);
}

/// <summary>How proxies of one remote class are made.</summary>
/// <param name="Placement">What the class's attribute asks for.</param>
/// <param name="Create">Makes a proxy from a handle.</param>
/// <param name="DefaultConstructor">The constructor that takes nothing from the caller; null when there is none.</param>
public sealed record RemoteProxyFactory(
    RemotePlacement Placement, Func<RemoteObjectHandle, RemoteObject> Create, RemoteMethod<ulong>? DefaultConstructor);
