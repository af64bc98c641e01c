using System.IO.Pipelines;

namespace Runhouse.Protocol.Connections;

/// <summary>A worker's end of a connection.</summary>
public sealed class ServerConnection : IAsyncDisposable
{
    /// <summary>The session, which outlives the connection.</summary>
    public UInt128 SessionId => throw new NotImplementedException();

    /// <summary>Authenticates a client and greets it; null when it was refused, which it has been told.</summary>
    /// <param name="transport">The transport; stays the caller's.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="handler">Takes the calls.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<ServerConnection?> AcceptAsync(
        IDuplexPipe transport, ServerConnectionOptions options, ICallHandler handler, CancellationToken cancellationToken)
        => throw new NotImplementedException();

    /// <summary>Serves until the connection ends; never faults.</summary>
    public Task RunAsync() => throw new NotImplementedException();

    /// <summary>Sends a line to the caller of the call it belongs to.</summary>
    /// <param name="record">The line.</param>
    public void WriteLog(in LogRecord record) => throw new NotImplementedException();

    /// <summary>Tells the client to make no new calls here, or why the connection ends.</summary>
    /// <param name="code">Why.</param>
    /// <param name="message">Why, in words.</param>
    public void GoAway(GoAwayCode code, string message) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
