using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Runhouse.Ssh.Network;

/// <summary>
/// A cable between two network devices of this machine that passes each packet on after a while, in order, and loses some; the kernel's netem does
/// the same, where a kernel has it.
/// </summary>
internal sealed class SlowLink : IAsyncDisposable
{
    // Those of Linux: linux/if_packet.h, linux/if_ether.h, linux/socket.h.
    private const int PacketLevel = 263;
    private const int IgnoreOutgoing = 23;
    private const ushort AllProtocols = 3;
    private const int LargestPacket = 65536;

    private readonly CancellationTokenSource _end = new();
    private readonly Socket[] _devices;
    private readonly Task _ended;

    private SlowLink(Socket one, Socket other, TimeSpan delay, double loss)
    {
        _devices = [one, other];
        _ended = Task.WhenAll(PassAsync(one, other, delay, loss), PassAsync(other, one, delay, loss));
    }

    /// <summary>Joins two devices.</summary>
    /// <param name="one">One of them.</param>
    /// <param name="other">The other one.</param>
    /// <param name="delay">How long a packet is on its way.</param>
    /// <param name="loss">The share of the packets that are lost.</param>
    public static SlowLink Start(string one, string other, TimeSpan delay, double loss) => new(Open(one), Open(other), delay, loss);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (Socket device in _devices)
            device.Dispose();
        _end.Dispose();
    }

    private static Socket Open(string device)
    {
        // A socket's protocol is in the order of the network.
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(AllProtocols));
        socket.SetRawSocketOption(PacketLevel, IgnoreOutgoing, BitConverter.GetBytes(1));
        socket.ReceiveBufferSize = 32 << 20;
        socket.SendBufferSize = 32 << 20;
        socket.Bind(new DeviceEndPoint(int.Parse(File.ReadAllText($"/sys/class/net/{device}/ifindex"), CultureInfo.InvariantCulture)));
        return socket;
    }

    private async Task PassAsync(Socket from, Socket to, TimeSpan delay, double loss)
    {
        var underWay = Channel.CreateUnbounded<(byte[] Packet, int Length, long Sent)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        await Task.WhenAll(ReceiveAsync(from, underWay.Writer, loss), DeliverAsync(underWay.Reader, to, delay));
    }

    private async Task ReceiveAsync(Socket from, ChannelWriter<(byte[] Packet, int Length, long Sent)> underWay, double loss)
    {
        byte[] packet = new byte[LargestPacket];
        while (true)
        {
            int length = await from.ReceiveAsync(packet, _end.Token);
            if (Random.Shared.NextDouble() < loss)
                continue;
            byte[] copy = ArrayPool<byte>.Shared.Rent(length);
            packet.AsSpan(0, length).CopyTo(copy);
            underWay.TryWrite((copy, length, Stopwatch.GetTimestamp()));
        }
    }

    private async Task DeliverAsync(ChannelReader<(byte[] Packet, int Length, long Sent)> underWay, Socket to, TimeSpan delay)
    {
        await foreach ((byte[] packet, int length, long sent) in underWay.ReadAllAsync(_end.Token))
        {
            TimeSpan left = delay - Stopwatch.GetElapsedTime(sent);
            if (left.TotalMilliseconds >= 1)
                await Task.Delay(left, _end.Token);
            try
            {
                await to.SendAsync(packet.AsMemory(0, length), _end.Token);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.NoBufferSpaceAvailable or SocketError.NetworkDown)
            {
                // The device's queue is full, or the device is down: lost, as on any way.
            }

            ArrayPool<byte>.Shared.Return(packet);
        }
    }

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
