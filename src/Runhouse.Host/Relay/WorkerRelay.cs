using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>Leads a caller's connection to a worker where only the host's port can be reached: hands it over, or carries its bytes. It decodes nothing.</summary>
internal static class WorkerRelay
{
    public const string UpgradeName = "runhouse/1";

    private const int BufferBytes = 128 * 1024;

    public static async Task RunAsync(HttpContext context, Worker worker, CancellationToken stopping)
    {
        IHttpUpgradeFeature? upgrade = context.Features.Get<IHttpUpgradeFeature>();
        if (upgrade is not { IsUpgradableRequest: true } || context.Request.Headers.Upgrade != UpgradeName)
            throw HostRefusal.Invalid($"The relay wants a GET with 'Connection: Upgrade' and 'Upgrade: {UpgradeName}'. Send both; a proxy in between must pass them on.");

        RelayConnection? connection = context.Features.Get<RelayConnection>();
        if (connection is { CanGive: true } && await ConnectAsync(SocketHandover.PathOf(worker.SocketPath), context.RequestAborted).ConfigureAwait(false) is { Socket: { } taker })
        {
            await GiveAsync(context, upgrade, connection, taker, worker, stopping).ConfigureAwait(false);
            return;
        }

        using Socket socket = await ConnectAsync(worker, context.RequestAborted).ConfigureAwait(false);
        Stream caller = await UpgradeAsync(context, upgrade).ConfigureAwait(false);
        await using (caller.ConfigureAwait(false))
            await CarryAsync(caller, socket, connection, stopping).ConfigureAwait(false);
    }

    private static Task<Stream> UpgradeAsync(HttpContext context, IHttpUpgradeFeature upgrade)
    {
        context.Response.Headers.Upgrade = UpgradeName;
        return upgrade.UpgradeAsync();
    }

    private static async Task GiveAsync(
        HttpContext context, IHttpUpgradeFeature upgrade, RelayConnection connection, Socket taker, Worker worker, CancellationToken stopping)
    {
        using (taker)
        {
            Stream caller = await UpgradeAsync(context, upgrade).ConfigureAwait(false);
            await using (caller.ConfigureAwait(false))
            {
                if (await connection.TryGiveAsync(taker, certificate: default, stopping).ConfigureAwait(false))
                    return;
                taker.Dispose();

                // The answer has gone out: a worker that has ended meanwhile is one that ends at once, and its caller asks how.
                if (!stopping.IsCancellationRequested && await ConnectAsync(worker.SocketPath, CancellationToken.None).ConfigureAwait(false) is { Socket: { } socket })
                {
                    using (socket)
                        await CarryAsync(caller, socket, connection, stopping).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task CarryAsync(Stream caller, Socket socket, RelayConnection? connection, CancellationToken stopping)
    {
        // A write that waits for the caller is ended by the token on Kestrel's own connections, and by this on one that is not.
        using CancellationTokenRegistration abort = stopping.UnsafeRegister(static state => ((RelayConnection?)state)?.Abort(new ConnectionAbortedException("The host stops.")), connection);
        var transport = new SocketTransport(socket);
        await using ConfiguredAsyncDisposable disposal = transport.ConfigureAwait(false);

        // Not RequestAborted: it fires when the caller has sent its last byte, before that byte has reached the worker.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using CancellationTokenRegistration stop = ending.Token.UnsafeRegister(static state => Stop((SocketTransport)state!), transport);
        Task toWorker = CallerToWorkerAsync(caller, transport.Output, socket, ending.Token);
        Task toCaller = transport.HasThread
            ? Task.Factory.StartNew(() => WorkerToCaller(transport.Input, caller, socket, ending.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : WorkerToCallerAsync(transport.Input, caller, socket, ending.Token);

        // The caller's end is passed on to the worker, which closes in turn; the worker's end ends the connection. Kestrel takes
        // the caller's end as the end of both directions, which is what it means in the frames' protocol.
        await toCaller.ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await toWorker.ConfigureAwait(false);
    }

    private static async Task<Socket> ConnectAsync(Worker worker, CancellationToken cancellationToken)
    {
        (Socket? socket, string cause) = await ConnectAsync(worker.SocketPath, cancellationToken).ConfigureAwait(false);
        return socket ?? throw new HostRefusal(
            StatusCodes.Status503ServiceUnavailable,
            HostErrorCode.WorkerGone,
            $"Worker {worker.Id} ({worker.State}) does not answer on its socket: {cause}. Connect to the deployment again; GET /v1/workers/{worker.Id} says how the worker ended.");
    }

    /// <summary>Connects to a worker, or says why not.</summary>
    public static async Task<(Socket? Socket, string Cause)> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return (socket, "");
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            socket.Dispose();
            return (null, exception.Message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task CallerToWorkerAsync(Stream caller, PipeWriter worker, Socket socket, CancellationToken ending)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await caller.ReadAsync(buffer, ending).ConfigureAwait(false)) > 0)
            {
                if ((await worker.WriteAsync(buffer.AsMemory(0, read), ending).ConfigureAwait(false)).IsCanceled)
                    return;
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // A caller that vanished must not leave the worker waiting for it.
            Shutdown(socket);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>On a thread of its own, which waits for the worker's socket: that saves each answer the way through the engine of asynchronous sockets and the pool.</summary>
    private static void WorkerToCaller(PipeReader worker, Stream caller, Socket socket, CancellationToken ending)
    {
        try
        {
            bool goesOn = true;
            while (goesOn)
            {
                ValueTask<ReadResult> reading = worker.ReadAsync(CancellationToken.None);
                ReadResult read = reading.IsCompleted ? reading.Result : reading.AsTask().GetAwaiter().GetResult();
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                {
                    ValueTask writing = caller.WriteAsync(part, ending);
                    if (!writing.IsCompletedSuccessfully)
                        writing.AsTask().GetAwaiter().GetResult();
                }

                goesOn = !read.IsCompleted && !read.IsCanceled;
                worker.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            Shutdown(socket);
        }
    }

    private static async Task WorkerToCallerAsync(PipeReader worker, Stream caller, Socket socket, CancellationToken ending)
    {
        try
        {
            bool goesOn = true;
            while (goesOn)
            {
                ReadResult read = await worker.ReadAsync(ending).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                    await caller.WriteAsync(part, ending).ConfigureAwait(false);
                goesOn = !read.IsCompleted && !read.IsCanceled;
                worker.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            Shutdown(socket);
        }
    }

    private static void Stop(SocketTransport worker)
    {
        worker.Input.CancelPendingRead();
        worker.Output.CancelPendingFlush();
    }

    private static void Shutdown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The worker has closed it already.
        }
    }

    private static bool IsEndOfConnection(Exception exception) =>
        exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
