using System.IO.Pipelines;
using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Resumption;

/// <summary>What becomes of a connection that a worker has accepted: a new session, the next carrier of one that there is, or a refusal.</summary>
internal static class SessionAcceptance
{
    /// <summary>Reads the hello and does what it asks for; null unless it is a new session.</summary>
    /// <param name="transport">The connection; closed here when it is refused.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="begin">Makes a session, to which the connection belongs from then on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ServerConnection?> AcceptAsync(
        IDuplexPipe transport, ServerConnectionOptions options, Func<ClientHello, ServerConnection> begin, CancellationToken cancellationToken)
    {
        bool isTaken = false;
        try
        {
            if (await ServerHandshake.ReadAsync(transport, options, cancellationToken).ConfigureAwait(false) is not { } hello)
                return null;
            if (hello.SessionId != 0)
            {
                isTaken = await ResumeAsync(transport, options, hello).ConfigureAwait(false);
                return null;
            }

            if (options.Sessions is { IsClosed: true })
            {
                await ServerHandshake.RefuseAsync(
                    transport, GoAwayCode.Draining, $"Worker {options.WorkerId} finishes its calls and ends. Connect to the host again.").ConfigureAwait(false);
                return null;
            }

            ServerConnection session = begin(hello);
            isTaken = true;

            // Before the answer: the client may lose this connection and come back as soon as it has it.
            options.Sessions?.Add(session);
            if (await ServerHandshake.AnswerAsync(transport, hello, session.Greeting).ConfigureAwait(false))
                return session;
            options.Sessions?.Remove(session);
            await session.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        finally
        {
            if (!isTaken)
                await Carrier.CloseAsync(transport).ConfigureAwait(false);
        }
    }

    private static async Task<bool> ResumeAsync(IDuplexPipe transport, ServerConnectionOptions options, ClientHello hello)
    {
        ServerConnection? session = Hello.IsProven(hello, options.TicketKey) ? options.Sessions?.Find(hello.SessionId) : null;
        if (session is not null && await session.ResumeAsync(transport, hello).ConfigureAwait(false))
        {
            options.Resumed?.Invoke();
            return true;
        }

        await ServerHandshake.RefuseAsync(
            transport,
            GoAwayCode.SessionUnknown,
            $"Worker {options.WorkerId} does not have the session: its grace period is over, or it began elsewhere.").ConfigureAwait(false);
        return false;
    }
}
