using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>Two ends of a Unix socket that may share memory, and what is read and written there.</summary>
internal static class SharedPair
{
    public const string NotHere = "Memory is shared on Linux.";

    /// <summary>Both agree that one end shares, and all is one call's.</summary>
    public static void Agree(SocketTransport near, SocketTransport far)
    {
        far.ExpectShared();
        near.Share();
        ((BlockingSocketWriter)near.Output).HoldsMore = true;
    }

    public static async Task SendAsync(SocketTransport near, SocketTransport far, int count)
    {
        byte[] sent = new byte[count];
        Random.Shared.NextBytes(sent);
        Task<byte[]> taking = OnThreadAsync(() => Take(far.Input, sent.Length, int.MaxValue));
        await near.Output.WriteAsync(sent, TestContext.Current.CancellationToken);
        byte[] received = await taking;
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    /// <summary>How many regions of shared memory this process has mapped.</summary>
    public static int Mapped() => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("memfd:runhouse", StringComparison.Ordinal));

    public static async Task<(SocketTransport Near, SocketTransport Far)> PairAsync()
    {
        (Socket near, Socket far) = await SocketsAsync();
        return (new SocketTransport(near), new SocketTransport(far));
    }

    public static async Task<(Socket Near, Socket Far)> SocketsAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rhm-{Path.GetRandomFileName()}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await near.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        Socket far = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        File.Delete(path);
        return (near, far);
    }

    /// <summary>Readers block: not a thread of the pool, of which a test machine has few.</summary>
    public static Task<T> OnThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static ReadResult Read(PipeReader input) => input.ReadAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Reads so many bytes, of each read at most so many, as a parser does that finds whole frames only.</summary>
    public static byte[] Take(PipeReader input, int count, int most)
    {
        byte[] taken = new byte[count];
        int at = 0;
        while (at < count)
        {
            ReadResult read = Read(input);
            Assert.False(read.IsCompleted && read.Buffer.IsEmpty);
            ReadOnlySequence<byte> some = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, most));
            some.CopyTo(taken.AsSpan(at));
            at += (int)some.Length;

            // Now and then the rest is half a frame: more is waited for, if it is to come.
            long rest = read.Buffer.Length - some.Length;
            if (rest > 0 && at + rest < count && at % 7 == 0)
                input.AdvanceTo(some.End, read.Buffer.End);
            else
                input.AdvanceTo(some.End);
        }

        return taken;
    }
}
