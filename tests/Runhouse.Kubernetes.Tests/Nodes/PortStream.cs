using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>A connection to a port of a pod: channel 0 is the connection, channel 1 says why there is none.</summary>
internal static class PortStream
{
    private const byte Data = 0;
    private const byte Error = 1;

    /// <summary>Connects, and passes on what comes until one side ends it.</summary>
    /// <param name="socket">The caller.</param>
    /// <param name="container">The container.</param>
    /// <param name="query">Which port.</param>
    public static async Task RunAsync(ChannelSocket socket, Container container, IQueryCollection query)
    {
        ushort port = ushort.Parse(query["port"].Single()!, CultureInfo.InvariantCulture);
        byte[] number = BitConverter.GetBytes(port);
        await socket.SendAsync(Data, number);
        await socket.SendAsync(Error, number);
        Socket connection;
        try
        {
            connection = await PodNetwork.ConnectAsync(container.ProcessId, port);
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or IOException)
        {
            await socket.SendAsync(Error, Encoding.UTF8.GetBytes($"error forwarding port {port} to pod: {e.Message}"));
            return;
        }

        using var stream = new NetworkStream(connection, ownsSocket: true);
        Task reading = ReadAsync(socket, stream);
        try
        {
            await socket.SendAllAsync(Data, stream);
        }
        catch (IOException)
        {
            // Reset, or closed by the caller.
        }

        await socket.CloseAsync();
        await reading;
    }

    private static async Task ReadAsync(ChannelSocket socket, NetworkStream stream)
    {
        try
        {
            while (await socket.ReceiveAsync() is { } message)
            {
                if (message.Channel == Data)
                    await stream.WriteAsync(message.Data);
            }
        }
        catch (IOException)
        {
            // The pod has closed it.
        }

        stream.Close();
    }
}
