using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Generated;

/// <summary>How the objects of a remote class that implements <see cref="ISnapshot{TState}"/> give their state, and go on from one. Generated code makes one for each such class.</summary>
public abstract class RemoteSnapshot
{
    /// <summary>Takes an object's state.</summary>
    /// <param name="instance">The object.</param>
    /// <param name="state">Where the state goes, in map form.</param>
    /// <param name="limits">What may be written.</param>
    /// <param name="cancellationToken">Stops the object's own code.</param>
    /// <exception cref="RemoteSerializationException">The state cannot be written; larger than the buffer takes, for one.</exception>
    public abstract ValueTask TakeAsync(object instance, BodyBuffer state, WireLimits limits, CancellationToken cancellationToken);

    /// <summary>Gives a new object its state.</summary>
    /// <param name="instance">The object.</param>
    /// <param name="state">The state in map form.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="cancellationToken">Stops the object's own code.</param>
    /// <exception cref="RemoteSerializationException">It is no such state.</exception>
    public abstract ValueTask RestoreAsync(object instance, ReadOnlyMemory<byte> state, WireLimits limits, CancellationToken cancellationToken);
}

/// <summary>The same for classes whose state is a <typeparamref name="TState"/>.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="write">Writes a state.</param>
/// <param name="read">Reads a state.</param>
public sealed class RemoteSnapshot<TState>(WireWrite<TState> write, WireRead<TState> read) : RemoteSnapshot
{
    /// <inheritdoc/>
    public override async ValueTask TakeAsync(object instance, BodyBuffer state, WireLimits limits, CancellationToken cancellationToken)
        => Write(state, limits, await ((ISnapshot<TState>)instance).TakeSnapshotAsync(cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override ValueTask RestoreAsync(object instance, ReadOnlyMemory<byte> state, WireLimits limits, CancellationToken cancellationToken)
        => ((ISnapshot<TState>)instance).RestoreAsync(Read(state, limits), cancellationToken);

    private void Write(BodyBuffer output, WireLimits limits, TState state)
    {
        var writer = new WireWriter(output, limits);
        try
        {
            write(ref writer, state);
            writer.Flush();
        }
        catch (Exception error)
        {
            throw writer.Translate(error);
        }
    }

    private TState Read(ReadOnlyMemory<byte> state, WireLimits limits)
    {
        try
        {
            var reader = new WireReader(state, limits);
            return read(ref reader);
        }
        catch (Exception error) when (error is not RemoteException)
        {
            // Of an older version, or a newer one, which is nobody's fault and no reason to deploy again.
            throw new RemoteSerializationException(
                $"The state that was kept cannot be read as {typeof(TState)} of this version: {error.Message} Let its members keep their types; one of another type needs another name.", error);
        }
    }
}
