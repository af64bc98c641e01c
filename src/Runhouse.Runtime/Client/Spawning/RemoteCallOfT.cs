using Runhouse.Runtime.Client.Spawning;

namespace Runhouse;

/// <summary>A detached call with a result.</summary>
/// <typeparam name="T">The result's type.</typeparam>
public sealed class RemoteCall<T> : RemoteCall
{
    internal RemoteCall(SpawnedCall spawned)
        : base(spawned)
    {
    }

    /// <summary>The call's result, once it has ended. Whoever stops waiting does not stop the call.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="RemoteCall.WaitAsync" path="/exception"/>
    /// <exception cref="RemoteSerializationException">The result is no such type.</exception>
    public async Task<T> ResultAsync(CancellationToken cancellationToken = default)
    {
        var read = StoredValues.Reader<T>();
        ReadOnlyMemory<byte> outcome = await OutcomeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return StoredValues.Read(outcome, read, Limits);
        }
        catch (RemoteSerializationException e)
        {
            throw new RemoteSerializationException($"The result of call {Id} is no {typeof(T)}: ask for the type that its member returns (RemoteCall.FromId<T>). {e.Message}", e);
        }
    }
}
