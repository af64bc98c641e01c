using System.Net;
using System.Net.Sockets;

namespace Runhouse.Benchmarks.Redeploy;

/// <summary>Stands between a caller and its host's port, and counts what the caller sends.</summary>
internal sealed class CountingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private long _sent;

    public CountingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many bytes have been sent to the host.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = LinkAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task LinkAsync(TcpClient caller)
    {
        using (caller)
        using (var host = new TcpClient { NoDelay = true })
        {
            caller.NoDelay = true;
            try
            {
                await host.ConnectAsync(IPAddress.Loopback, _target);
                await Task.WhenAny(CopyAsync(caller, host, counts: true), CopyAsync(host, caller, counts: false));
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // One of the two has gone, and the other learns it by the end of its connection.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool counts)
    {
        byte[] buffer = new byte[64 << 10];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer)) > 0)
        {
            if (counts)
                Interlocked.Add(ref _sent, read);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
