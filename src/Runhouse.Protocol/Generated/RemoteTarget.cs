namespace Runhouse.Protocol.Generated;

/// <summary>Where calls go: a remote object, or the functions of a deployment. Proxies and entry points begin their calls here.</summary>
public abstract class RemoteTarget
{
    /// <summary>Begins a call. Nothing is sent, and nothing waits, until <see cref="OutgoingCall{TResult}.SendAsync"/>.</summary>
    /// <typeparam name="TResult">The result's type.</typeparam>
    /// <param name="method">The member to call.</param>
    public abstract OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method);

    /// <summary>Begins a call and the writing of its arguments.</summary>
    /// <typeparam name="TResult">The result's type.</typeparam>
    /// <param name="method">The member to call.</param>
    /// <param name="arguments">The writer of the arguments.</param>
    public OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method, out WireWriter arguments)
    {
        OutgoingCall<TResult> call = Begin(method);
        arguments = call.BeginArguments();
        return call;
    }

    /// <summary>Begins a call whose result is a stream.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="method">The member to call.</param>
    public abstract OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method);

    /// <summary>Begins a call whose result is a stream, and the writing of its arguments.</summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="method">The member to call.</param>
    /// <param name="arguments">The writer of the arguments.</param>
    public OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method, out WireWriter arguments)
    {
        OutgoingStream<T> call = BeginStream(method);
        arguments = call.BeginArguments();
        return call;
    }
}
