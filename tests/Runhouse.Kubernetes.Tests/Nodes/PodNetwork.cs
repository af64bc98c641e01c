using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>Connections within the network of a pod.</summary>
internal static partial class PodNetwork
{
    private const int NetworkNamespace = 0x40000000;

    /// <summary>Connects to a port of the pod's loopback address.</summary>
    /// <param name="process">The first process of the pod.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    public static Task<Socket> ConnectAsync(int process, int port)
    {
        // A socket stays in the network in which it was made, and a thread in the one that it has gone into: this one does nothing else.
        var connected = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                connected.SetResult(Connect(process, port));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException or InvalidOperationException)
            {
                connected.SetException(exception);
            }
        }).Start();
        return connected.Task;
    }

    private static Socket Connect(int process, int port)
    {
        using SafeFileHandle file = File.OpenHandle($"/proc/{process}/ns/net");
        if (SetNamespace((int)file.DangerousGetHandle(), NetworkNamespace) != 0)
            throw new InvalidOperationException($"The network of process {process} cannot be entered: error {Marshal.GetLastPInvokeError()}.");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int file, int kind);
}
