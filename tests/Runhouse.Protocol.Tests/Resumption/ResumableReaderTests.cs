using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Resumption;

public class ResumableReaderTests
{
    [Fact]
    public async Task What_came_before_a_pause_is_acknowledged_in_it()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using SocketTransport near = await SocketTransport.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var far = new SocketTransport(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        await using var session = new ResumableTransport(far, 1 << 20, TimeProvider.System);
        var acknowledged = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Input.Acknowledge = acknowledged.SetResult;
        Assert.True(await session.Input.NextAsync());
        var reading = new Thread(() => Read(session.Input));
        reading.Start();

        await near.Output.WriteAsync(new byte[5000], CancellationToken.None);

        Assert.Equal(5000, await acknowledged.Task);
        session.Input.CancelPendingRead();
        reading.Join();
    }

    private static void Read(ResumableReader input)
    {
        bool isOver;
        do
        {
            ReadResult read = input.ReadAsync().AsTask().GetAwaiter().GetResult();
            isOver = read.IsCanceled;
            Assert.True(input.TryTake(read, null));
            input.AdvanceTo(read.Buffer.Slice(read.Buffer.End));
        }
        while (!isOver);
        input.Complete();
    }
}
