using System.IO.Pipelines;
using System.Net.Sockets;
using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// Connects again when a client's connection is lost: at once, then after growing pauses, each of a random length, so that the callers of
/// a host that was away do not come back all at the same moment. The transport ends the attempts when the grace period is over.
/// </summary>
/// <param name="transport">The session's transport.</param>
/// <param name="reconnect">Opens a connection.</param>
/// <param name="greet">Shakes hands on it, and returns what the worker has received.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientResumption(
    ResumableTransport transport,
    Func<CancellationToken, Task<(IDuplexPipe Transport, ClientHandshake Handshake)>> reconnect,
    Func<IDuplexPipe, ClientHandshake, CancellationToken, Task<long>> greet,
    TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>How long one attempt may take: the network may swallow it.</summary>
    private static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(5);

    /// <summary>Starts the attempts.</summary>
    public void Start() => _ = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        TimeSpan pause = FirstPause;
        try
        {
            // What the worker is told to have arrived must no longer change.
            await transport.DetachAsync().ConfigureAwait(false);
            while (!transport.HasEnded && transport.Carrier is null && !await TryAsync().ConfigureAwait(false))
            {
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble() / 2), time).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (Exception final)
        {
            transport.Fail(final);
        }
    }

    private async Task<bool> TryAsync()
    {
        using var enough = new CancellationTokenSource(AttemptTime, time);
        IDuplexPipe? pipes = null;
        bool isAttached = false;
        try
        {
            (pipes, ClientHandshake handshake) = await reconnect(enough.Token).ConfigureAwait(false);
            long received = await greet(pipes, handshake, enough.Token).ConfigureAwait(false);
            isAttached = transport.TryAttach(pipes, received);
            if (!isAttached && !transport.HasEnded)
                throw new SessionUnknownException("The worker says that it received what was never sent.");
            return true;
        }
        catch (Exception error) when (error is IOException or SocketException or HostUnreachableException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            if (pipes is not null && !isAttached)
                await Carrier.CloseAsync(pipes).ConfigureAwait(false);
        }
    }
}
