using System.IO.Pipelines;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Connections;

/// <summary>A worker's half of the handshake: who is there, and may they in. Nothing behind the hello is looked at before.</summary>
internal static class ServerHandshake
{
    /// <summary>How long a refusal may take to go out: the far side may not read.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(2);

    /// <summary>Reads a client's hello; null when it was refused, which it has been told.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ClientHello?> ReadAsync(IDuplexPipe transport, ServerConnectionOptions options, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, options.TimeProvider);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        (FrameHeader Header, byte[] Payload)? first;
        try
        {
            first = await FirstFrame.ReadAsync(transport.Input, Hello.ClientSize, giveUp.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException || timeout.IsCancellationRequested)
        {
            // Not a client, or one that went away: nobody is there to be told more than the goodbye.
            return await RefuseAsync(transport, GoAwayCode.ProtocolError, "The first frame must be a hello.").ConfigureAwait(false);
        }

        if (first is not { } hello)
            return await RefuseAsync(transport, GoAwayCode.Closing, "The caller closed the connection before its hello.").ConfigureAwait(false);
        if (!Hello.IsClient(hello.Header, hello.Payload))
            return await RefuseAsync(transport, GoAwayCode.ProtocolError, "The first frame must be a hello.").ConfigureAwait(false);
        switch (options.TicketLedger.Use(Hello.TicketOf(hello.Payload), options.TicketKey, options.TimeProvider.GetUtcNow()))
        {
            case TicketVerdict.Good:
                break;
            case TicketVerdict.Expired:
                return await RefuseAsync(transport, GoAwayCode.TicketExpired, "The ticket's time is over. Ask the host for a new one.").ConfigureAwait(false);
            case TicketVerdict.Used:
                return await RefuseAsync(transport, GoAwayCode.TicketUsed, "The ticket has been used. Ask the host for a new one.").ConfigureAwait(false);
            default:
                return await RefuseAsync(transport, GoAwayCode.TicketRefused, "The ticket is not one of this worker's host. Ask the host for one.").ConfigureAwait(false);
        }

        ushort highest = Hello.HighestOn(transport);
        return Hello.IsVersionSupported(hello.Payload, highest)
            ? Hello.ReadClient(hello.Payload)
            : await RefuseAsync(
                transport,
                GoAwayCode.VersionUnsupported,
                $"The worker speaks version {new ProtocolRange(Hello.Version, highest)} of the protocol and the caller does not. Update the older side.").ConfigureAwait(false);
    }

    /// <summary>Answers a client's hello; false when it has gone away meanwhile.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="client">The client's hello.</param>
    /// <param name="answer">The answer.</param>
    public static async Task<bool> AnswerAsync(IDuplexPipe transport, ClientHello client, WorkerHello answer)
    {
        ushort version = Math.Min(client.Highest, Hello.HighestOn(transport));
        var sharing = version >= Hello.SharingVersion ? (SocketTransport)transport : null;
        sharing?.ExpectShared();
        if (!await WriteAsync(transport, Hello.WriteServer(answer with { Version = version })).ConfigureAwait(false))
            return false;
        sharing?.Share();
        return true;
    }

    /// <summary>Says why the client is not let in.</summary>
    /// <param name="transport">The connection.</param>
    /// <param name="code">Why.</param>
    /// <param name="message">Why, in words.</param>
    public static async Task<ClientHello?> RefuseAsync(IDuplexPipe transport, GoAwayCode code, string message)
    {
        await WriteAsync(transport, FrameConnection.WriteGoAway(code, message)).ConfigureAwait(false);
        return null;
    }

    private static async Task<bool> WriteAsync(IDuplexPipe transport, OutgoingFrame frame)
    {
        using var enough = new CancellationTokenSource(FarewellTime);
        try
        {
            await FirstFrame.WriteAsync(transport.Output, frame, enough.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
