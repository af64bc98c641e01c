using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Relay;

/// <summary>Carries a caller's connection to a worker's socket where only the host's port can be reached. It decodes nothing.</summary>
internal static class WorkerRelay
{
    public const string UpgradeName = "runhouse/1";

    private const int BufferBytes = 128 * 1024;

    public static async Task RunAsync(HttpContext context, Worker worker, CancellationToken stopping)
    {
        IHttpUpgradeFeature? upgrade = context.Features.Get<IHttpUpgradeFeature>();
        if (upgrade is not { IsUpgradableRequest: true } || context.Request.Headers.Upgrade != UpgradeName)
            throw HostRefusal.Invalid($"The relay wants a GET with 'Connection: Upgrade' and 'Upgrade: {UpgradeName}'. Send both; a proxy in between must pass them on.");

        using Socket socket = await ConnectAsync(worker, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.Upgrade = UpgradeName;
        Stream caller = await upgrade.UpgradeAsync().ConfigureAwait(false);
        await using (caller.ConfigureAwait(false))
        {
            // Not RequestAborted: it fires when the caller has sent its last byte, before that byte has reached the worker.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            Task toWorker = CallerToWorkerAsync(caller, socket, ending.Token);
            Task toCaller = WorkerToCallerAsync(socket, caller, ending.Token);

            // The caller's end is passed on to the worker, which closes in turn; the worker's end ends the connection. Kestrel takes
            // the caller's end as the end of both directions, which is what it means in the frames' protocol.
            await toCaller.ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await toWorker.ConfigureAwait(false);
        }
    }

    private static async Task<Socket> ConnectAsync(Worker worker, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(worker.SocketPath), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new HostRefusal(
                StatusCodes.Status503ServiceUnavailable,
                HostErrorCode.WorkerGone,
                $"Worker {worker.Id} ({worker.State}) does not answer on its socket: {exception.Message}. Connect to the deployment again; GET /v1/workers/{worker.Id} says how the worker ended.");
        }
    }

    private static async Task CallerToWorkerAsync(Stream caller, Socket socket, CancellationToken ending)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await caller.ReadAsync(buffer, ending).ConfigureAwait(false)) > 0)
            {
                for (int sent = 0; sent < read;)
                    sent += await socket.SendAsync(buffer.AsMemory(sent, read - sent), ending).ConfigureAwait(false);
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // A caller that vanished must not leave the worker waiting for it.
            socket.Close();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WorkerToCallerAsync(Socket socket, Stream caller, CancellationToken ending)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, ending).ConfigureAwait(false)) > 0)
                await caller.WriteAsync(buffer.AsMemory(0, read), ending).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            socket.Close();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsEndOfConnection(Exception exception) =>
        exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
