using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Runhouse.Ssh.Network;

/// <summary>
/// A cable between two network devices of this machine that passes each packet on after a while, in order, and loses some; the kernel's netem does
/// the same, where a kernel has it.
/// </summary>
internal sealed class SlowLink : IDisposable
{
    // Those of Linux: linux/if_packet.h, linux/if_ether.h, linux/socket.h.
    private const int PacketLevel = 263;
    private const int IgnoreOutgoing = 23;
    private const ushort AllProtocols = 3;
    private const int LargestPacket = 65536;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly Socket[] _devices;
    private readonly Thread[] _threads;
    private volatile bool _hasEnded;

    private SlowLink(Socket one, Socket other, TimeSpan delay, double loss)
    {
        _devices = [one, other];
        _threads = [.. Pass(one, other, delay, loss), .. Pass(other, one, delay, loss)];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Joins two devices.</summary>
    /// <param name="one">One of them.</param>
    /// <param name="other">The other one.</param>
    /// <param name="delay">How long a packet is on its way.</param>
    /// <param name="loss">The share of the packets that are lost.</param>
    public static SlowLink Start(string one, string other, TimeSpan delay, double loss) => new(Open(one), Open(other), delay, loss);

    /// <inheritdoc/>
    public void Dispose()
    {
        _hasEnded = true;
        foreach (Thread thread in _threads)
            thread.Join();
        foreach (Socket device in _devices)
            device.Dispose();
    }

    private static Socket Open(string device)
    {
        // A socket's protocol is in the order of the network.
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(AllProtocols));
        socket.SetRawSocketOption(PacketLevel, IgnoreOutgoing, BitConverter.GetBytes(1));
        socket.ReceiveBufferSize = 32 << 20;
        socket.SendBufferSize = 32 << 20;
        socket.ReceiveTimeout = (int)Look.TotalMilliseconds;
        socket.Bind(new DeviceEndPoint(int.Parse(File.ReadAllText($"/sys/class/net/{device}/ifindex"), CultureInfo.InvariantCulture)));
        return socket;
    }

    // Threads that block: thousands of packets a second, each by way of the thread pool, would take the processor that both ends need.
    private Thread[] Pass(Socket from, Socket to, TimeSpan delay, double loss)
    {
        var underWay = new Queue<Packet>();
        return [new Thread(() => Receive(from, underWay, loss)) { IsBackground = true }, new Thread(() => Deliver(underWay, to, delay)) { IsBackground = true }];
    }

    private void Receive(Socket from, Queue<Packet> underWay, double loss)
    {
        byte[] buffer = new byte[LargestPacket];
        while (!_hasEnded)
        {
            int length = from.Receive(buffer, SocketFlags.None, out SocketError error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.NetworkDown || Random.Shared.NextDouble() < loss)
                continue;
            if (error != SocketError.Success)
                throw new SocketException((int)error);
            byte[] copy = ArrayPool<byte>.Shared.Rent(length);
            buffer.AsSpan(0, length).CopyTo(copy);
            lock (underWay)
            {
                underWay.Enqueue(new Packet(copy, length, Stopwatch.GetTimestamp()));
                if (underWay.Count == 1)
                    Monitor.Pulse(underWay);
            }
        }
    }

    private void Deliver(Queue<Packet> underWay, Socket to, TimeSpan delay)
    {
        while (!_hasEnded)
        {
            Packet packet;
            lock (underWay)
            {
                if (!underWay.TryPeek(out packet))
                {
                    Monitor.Wait(underWay, Look);
                    continue;
                }

                TimeSpan left = delay - Stopwatch.GetElapsedTime(packet.Sent);
                if (left.TotalMilliseconds >= 1)
                {
                    Monitor.Wait(underWay, left);
                    continue;
                }

                underWay.Dequeue();
            }

            // When the device's queue is full, or the device is down: lost, as on any way.
            to.Send(packet.Content.AsSpan(0, packet.Length), SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.NoBufferSpaceAvailable or SocketError.NetworkDown))
                throw new SocketException((int)error);
            ArrayPool<byte>.Shared.Return(packet.Content);
        }
    }

    /// <summary>A packet that is under way.</summary>
    /// <param name="Content">What it is in; longer than the packet.</param>
    /// <param name="Length">Its length, in bytes.</param>
    /// <param name="Sent">When it was sent, as a time stamp.</param>
    private readonly record struct Packet(byte[] Content, int Length, long Sent);

    /// <summary>A device, as the system's <c>sockaddr_ll</c>.</summary>
    private sealed class DeviceEndPoint(int index) : EndPoint
    {
        private const int ProtocolOffset = 2;
        private const int IndexOffset = 4;
        private const int Size = 20;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, Size);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[ProtocolOffset..], AllProtocols);
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[IndexOffset..], index);
            return address;
        }
    }
}
