using System.IO.Pipelines;

namespace Runhouse.Protocol.Connections;

/// <summary>A client's connection to a worker: many calls at once over one transport.</summary>
public sealed class ClientConnection : IAsyncDisposable
{
    /// <summary>The worker's id.</summary>
    public string WorkerId => throw new NotImplementedException();

    /// <summary>The host's name.</summary>
    public string Host => throw new NotImplementedException();

    /// <summary>Whether new calls can be made.</summary>
    public bool IsOpen => throw new NotImplementedException();

    /// <summary>Ends when the connection has ended and its calls have been failed; never faults.</summary>
    public Task Completion => throw new NotImplementedException();

    /// <summary>Connects: shows the ticket and waits for the worker's hello.</summary>
    /// <param name="transport">The transport; disposed with the connection when it is disposable.</param>
    /// <param name="handshake">What to show.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<ClientConnection> ConnectAsync(
        IDuplexPipe transport, ClientHandshake handshake, ClientConnectionOptions options, CancellationToken cancellationToken)
        => throw new NotImplementedException();

    /// <summary>Closes a handle of an object, or deletes it.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="delete">Whether the object goes even when it has a name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask ReleaseAsync(ulong objectId, bool delete, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
