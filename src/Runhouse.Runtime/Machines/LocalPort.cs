using System.Net;
using System.Net.Sockets;

namespace Runhouse.Runtime.Machines;

/// <summary>A port of this machine's loopback address that leads to one of another machine.</summary>
public static class LocalPort
{
    /// <summary>Listens.</summary>
    /// <param name="machine">The other machine's name for messages.</param>
    /// <param name="port">The port there.</param>
    /// <param name="localPort">The port here; 0 lets the system choose.</param>
    /// <returns>The socket that takes the connections; its owner disposes it.</returns>
    /// <exception cref="IOException">The port here cannot be opened.</exception>
    public static Socket Listen(string machine, int port, int localPort)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, localPort));
            listener.Listen();
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"Port {localPort} of this machine cannot be opened for port {port} of {machine}: {e.Message}. Choose another one, or 0 for any.", e);
        }
    }
}
