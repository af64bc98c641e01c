using System.IO.Pipelines;
using System.Net.Sockets;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Clusters;

/// <summary>A connection to one worker, and why it ended once it has.</summary>
internal sealed class WorkerConnection
{
    private readonly TaskCompletionSource<Exception> _loss = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Action<Exception>? _lost;

    private WorkerConnection(ConnectReply worker, Action<Exception>? lost) => (Worker, _lost) = (worker, lost);

    /// <summary>The worker as the host described it.</summary>
    public ConnectReply Worker { get; }

    /// <summary>The calls' connection.</summary>
    public ClientConnection Calls { get; private set; } = null!;

    /// <summary>Whether calls can be made.</summary>
    public bool IsOpen => Calls.IsOpen;

    /// <summary>Why the connection ended; ends once it has.</summary>
    public Task<Exception> Loss => _loss.Task;

    /// <summary>Connects to a worker: straight to its socket, on this machine or over the way to its machine, else through the host's port.</summary>
    /// <param name="host">The worker's host.</param>
    /// <param name="worker">The worker as the host described it.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="output">Where remote output goes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lost">Is told why the connection was lost, before the calls in flight are; null when nobody asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HostUnreachableException">The worker cannot be reached in the way that the configuration asks for.</exception>
    public static async Task<WorkerConnection> OpenAsync(
        HostClient host, ConnectReply worker, RunhouseOptions options, RemoteOutput output, TimeProvider time, Action<Exception>? lost, CancellationToken cancellationToken)
    {
        var connection = new WorkerConnection(worker, lost);
        (IDuplexPipe transport, bool canBeHalfOpen) = await OpenTransportAsync(host, worker, options.Transport, cancellationToken).ConfigureAwait(false);
        connection.Calls = await ClientConnection.ConnectAsync(
            transport,
            new ClientHandshake(Convert.FromBase64String(worker.Ticket)),
            new ClientConnectionOptions
            {
                Limits = options.Limits,
                Timeout = options.Calls.Timeout,
                Log = output.Write,
                Reconnect = stop => ReconnectAsync(host, worker.WorkerId, options.Transport, stop),
                CanBeHalfOpen = canBeHalfOpen,
                ExplainLoss = cause => connection.ExplainAsync(host, output, time, cause),
                TimeProvider = time,
            },
            cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Whoever opened the connection needs it no more: it closes with its last call and its last handle. Waits when it is idle now.</summary>
    public Task RetireAsync()
    {
        _ = TellAsync();
        return Calls.RetireAsync();

        async Task TellAsync()
        {
            // One that was lost meanwhile has its reason already.
            await Calls.Completion.ConfigureAwait(false);
            _loss.TrySetResult(new HostUnreachableException(
                $"The connection to worker {Worker.WorkerId} was closed with the container that opened it. Create the object in the container that uses it."));
        }
    }

    private static async Task<(IDuplexPipe Transport, ClientHandshake Handshake)> ReconnectAsync(
        HostClient host, string workerId, RunhouseTransport transport, CancellationToken cancellationToken)
    {
        int way = host.Address.Way?.Generation ?? 0;
        try
        {
            ConnectReply worker = await host.ConnectWorkerAsync(workerId, cancellationToken).ConfigureAwait(false);
            return ((await OpenTransportAsync(host, worker, transport, cancellationToken).ConfigureAwait(false)).Transport,
                new ClientHandshake(Convert.FromBase64String(worker.Ticket)));
        }
        catch (HostUnreachableException e) when (WorkerLoss.IsOfEndedHost(host, e))
        {
            throw new WorkerLostException($"Worker {workerId} went with its host. {e.Message}", e);
        }
        catch (HostUnreachableException e) when (host.HasEndedAsync is { } hasEnded)
        {
            if (await WorkerLoss.OfMachineAsync(host, workerId, e, cancellationToken).ConfigureAwait(false) is { } loss)
                throw loss;
            if (await hasEnded(cancellationToken).ConfigureAwait(false))
                throw new WorkerLostException($"Worker {workerId} went with its host. {e.Message}", e);
            throw;
        }
        catch (OperationCanceledException)
        {
            // The attempt took too long: the next one takes another way to the machine.
            host.Address.Way?.Abandon(way);
            throw;
        }
    }

    private static async Task<(IDuplexPipe Transport, bool CanBeHalfOpen)> OpenTransportAsync(
        HostClient host, ConnectReply worker, RunhouseTransport transport, CancellationToken cancellationToken)
    {
        Machine? way = host.Address.Way;
        int generation = way?.Generation ?? 0;
        if (transport != RunhouseTransport.Relay)
        {
            bool here = host.Address.IsThisMachine && host.Address.HostId == worker.HostId && File.Exists(worker.SocketPath);
            try
            {
                if (way is not null && await way.ConnectAsync(worker.SocketPath, cancellationToken).ConfigureAwait(false) is { } socket)
                    return (new SocketTransport(socket), true);
                if (here)
                    return (await SocketTransport.ConnectAsync(new UnixDomainSocketEndPoint(worker.SocketPath), cancellationToken).ConfigureAwait(false), false);
                if (transport == RunhouseTransport.Direct)
                    throw NotDirect(host, worker, innerException: null);
            }
            catch (SocketException e) when (transport == RunhouseTransport.Direct)
            {
                throw NotDirect(host, worker, e);
            }
            catch (SocketException)
            {
                // Another user's socket, or another mount namespace: the host's port leads there all the same.
            }
        }

        IDuplexPipe relay = await host.OpenRelayAsync(worker.WorkerId, cancellationToken).ConfigureAwait(false);

        // The worker's socket is there, since the host has reached it: the machine lets nobody through to sockets.
        if (transport != RunhouseTransport.Relay)
            way?.ForgoSockets(generation);
        return (relay, true);
    }

    private static HostUnreachableException NotDirect(HostClient host, ConnectReply worker, Exception? innerException) => new(
        $"Worker {worker.WorkerId} on {host.Address} cannot be reached directly at {worker.SocketPath}, as Runhouse:Transport = Direct asks for. "
        + "Use Auto or Relay, "
        + (host.Address.Way is null ? "" : "let the machine's SSH server open sockets (AllowStreamLocalForwarding in its sshd_config), ")
        + "or run this program on the host's machine as the host's user.",
        innerException);

    private async ValueTask<Exception> ExplainAsync(HostClient host, RemoteOutput output, TimeProvider time, Exception? cause)
    {
        bool isIdle = Calls.WhenIdleAsync().IsCompleted;
        Exception loss = await WorkerLoss.ExplainAsync(host, Worker.WorkerId, cause).ConfigureAwait(false);

        // Between calls there is none to fail with it, and a worker that goes down with the objects in it must not go in silence. A host of this machine that has ended was
        // taken down, as a rule by this very user.
        bool isTakenDown = loss.InnerException is HostUnreachableException ended && WorkerLoss.IsOfEndedHost(host, ended);
        if (isIdle && !isTakenDown && loss is WorkerLostException { ExitCode: not 0 })
            output.Warn(loss.Message, time);
        _lost?.Invoke(loss);
        _loss.TrySetResult(loss);
        return loss;
    }
}
