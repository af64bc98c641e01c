using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>A target whose calls go over a connection.</summary>
/// <param name="router">Finds the connection for each call.</param>
/// <param name="form">How arguments are laid out: arrays when the far side runs the same build.</param>
/// <param name="settings">How the calls are made.</param>
/// <param name="limits">What may be sent.</param>
public sealed class ConnectionTarget(ICallRouter router, ObjectForm form, CallSettings settings, WireLimits limits) : RemoteTarget
{
    /// <summary>How arguments are laid out.</summary>
    public ObjectForm Form => form;

    /// <summary>Finds the connection for each call.</summary>
    internal ICallRouter Router => router;

    /// <summary>How the calls are made.</summary>
    internal CallSettings Settings => settings;

    /// <summary>What may be sent.</summary>
    internal WireLimits Limits => limits;

    /// <inheritdoc/>
    public override OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method)
        => Retries(method) == 0 && !router.IsFollowing ? UnaryCall<TResult>.Rent(this, method) : new RetriedCall<TResult>(this, method, Retries(method));

    /// <inheritdoc/>
    public override OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method) => new StreamCall<T>(this, method, Retries(method));

    /// <summary>Begins the construction of a remote object; its result is the object's id.</summary>
    /// <param name="constructor">The constructor.</param>
    /// <param name="name">The object's name; null for an anonymous one.</param>
    /// <param name="replace">Whether an object of that name is replaced.</param>
    public OutgoingCall<ulong> BeginConstructor(RemoteMethod<ulong> constructor, string? name, bool replace)
        => Retries(constructor) == 0
            ? UnaryCall<ulong>.Rent(this, constructor).AsConstructor(name, replace)
            : new RetriedCall<ulong>(this, constructor, Retries(constructor)).AsConstructor(name, replace);

    private int Retries(RemoteMethod method) => settings.Retries ?? method.Retries;
}
