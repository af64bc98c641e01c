using System.IO.Pipelines;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Connections;

/// <summary>A client's half of the handshake.</summary>
internal static class ClientGreeting
{
    /// <summary>For how long a client tries to resume its session.</summary>
    public static TimeSpan Grace(ClientConnectionOptions options)
        => options.Reconnect is null ? TimeSpan.Zero : TimeSpan.FromSeconds(options.Limits.SessionGraceSeconds);

    /// <summary>At least how often it says something; zero when it does not promise to.</summary>
    public static TimeSpan KeepAlive(ClientConnectionOptions options)
        => options.CanBeHalfOpen ? TimeSpan.FromSeconds(options.Limits.KeepAliveSeconds) : TimeSpan.Zero;

    /// <summary>The hello of a new session.</summary>
    public static ClientHello Begin(ClientHandshake handshake, ClientConnectionOptions options)
        => new(handshake.Ticket) { Grace = Grace(options), KeepAlive = KeepAlive(options) };

    /// <summary>Shows the hello and waits for the worker's.</summary>
    /// <param name="pipes">The connection.</param>
    /// <param name="hello">The hello.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CredentialsException">The worker refused the ticket.</exception>
    /// <exception cref="WorkerLostException">The worker is about to end.</exception>
    /// <exception cref="SessionUnknownException">The worker does not have the session.</exception>
    /// <exception cref="HostUnreachableException">The worker refused the connection for another reason, or closed it.</exception>
    public static async Task<WorkerHello> SendAsync(IDuplexPipe pipes, ClientHello hello, CancellationToken cancellationToken)
    {
        // A session that ends with its connection takes no part in what may end one.
        ushort highest = hello.Grace > TimeSpan.Zero ? Hello.HighestOn(pipes) : Hello.Version;
        var sharing = highest >= Hello.SharingVersion ? (SocketTransport)pipes : null;

        // Before the answer: what is shared may come right behind it.
        sharing?.ExpectShared();
        await FirstFrame.WriteAsync(pipes.Output, Hello.WriteClient(hello with { Highest = highest }), cancellationToken).ConfigureAwait(false);
        (FrameHeader Header, byte[] Payload)? first = await FirstFrame.ReadAsync(pipes.Input, Hello.MaxServerSize + 16 * 1024, cancellationToken).ConfigureAwait(false);
        if (first is not { } answer)
            throw new HostUnreachableException("The worker closed the connection before it answered. Ask the host for its status, and try again.");
        if (answer.Header.Kind == FrameKind.Hello)
        {
            WorkerHello worker = Hello.ReadServer(answer.Payload, highest);
            if (worker.Version >= Hello.SharingVersion)
                sharing?.Share();
            return worker;
        }

        if (answer.Header.Kind != FrameKind.GoAway)
            throw new ProtocolViolationException($"a {answer.Header.Kind} frame instead of a hello");
        (GoAwayCode code, string message) = FrameConnection.ReadGoAway(new(answer.Payload));
        throw code switch
        {
            GoAwayCode.TicketRefused or GoAwayCode.TicketExpired or GoAwayCode.TicketUsed => new CredentialsException(message),
            GoAwayCode.Draining => new WorkerLostException(message),
            GoAwayCode.SessionUnknown => new SessionUnknownException(message),
            _ => new HostUnreachableException(message),
        };
    }
}
