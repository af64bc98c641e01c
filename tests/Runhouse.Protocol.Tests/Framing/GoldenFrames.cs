using System.Diagnostics;
using System.IO.Pipelines;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Framing;

/// <summary>One frame of every kind with fixed content, as the code writes it today.</summary>
internal static class GoldenFrames
{
    /// <summary>The bytes of every frame in hexadecimal, by the name that the document gives it.</summary>
    public static IEnumerable<(string Name, string Bytes)> All()
    {
        var caller = new ClientHello(Numbers(Ticket.Size))
        {
            SessionId = 0x0102,
            SessionSecret = Numbers(Hello.SecretSize),
            Received = 0x0304,
            Grace = TimeSpan.FromSeconds(30),
            KeepAlive = TimeSpan.FromSeconds(10),
        };
        var worker = new WorkerHello(0x0102, Numbers(Hello.SecretSize), 0x0304, "w-1", "local");
        yield return ("hello of a caller", Hex(Hello.WriteClient(caller)));
        yield return ("hello of a caller that can share memory", Hex(Hello.WriteClient(caller with { Highest = Hello.SharingVersion })));
        yield return ("hello of a worker", Hex(Hello.WriteServer(worker)));
        yield return ("hello of a worker that shares memory", Hex(Hello.WriteServer(worker with { Version = Hello.SharingVersion })));
        yield return ("call", Hex(Call(CallFlags.WantsLogs)));
        yield return ("call with a trace, arguments as maps", Hex(Call(CallFlags.Traced | CallFlags.MapForm)));
        yield return ("result", Hex(Body(FrameKind.Result, [], 42)));
        yield return ("result of nothing", Hex(OutgoingFrame.Short(FrameKind.Result, 7)));
        yield return ("error", Hex(Error()));
        yield return ("item", Hex(Body(FrameKind.Item, [0, 2, 0, 0, 0], 1, 2)));
        yield return ("item with a block of numbers", Hex(Block(1, 2)));
        yield return ("credit", Hex(OutgoingFrame.Credit(7, 1, 2048, 524_288)));
        yield return ("credit for log lines", Hex(OutgoingFrame.Credit(0, 0, 0, 524_288)));
        yield return ("end", Hex(OutgoingFrame.Short(FrameKind.End, 7, [1])));
        yield return ("log", Hex(LogFrames.Write(new LogRecord(7, DateTimeOffset.UnixEpoch, 2, "Net", "hi", LogSource.Logger), 1024)));
        yield return ("progress", Hex(Body(FrameKind.Progress, [1], 50)));
        yield return ("cancel", Hex(OutgoingFrame.Short(FrameKind.Cancel, 7)));
        yield return ("ping", Hex(OutgoingFrame.Short(FrameKind.Ping, 0, Numbers(8))));
        OutgoingFrame pong = OutgoingFrame.Short(FrameKind.Ping, 0, Numbers(8));
        pong.Flags = FrameFlags.Reply;
        yield return ("answer to a ping", Hex(pong));
        yield return ("goaway", Hex(FrameConnection.WriteGoAway(GoAwayCode.Draining, "bye")));
        yield return ("ack", Hex(FrameConnection.WriteAck(65_536)));
        yield return ("result in two chunks of at most 16 bytes", Hex(Body(FrameKind.Result, [], [.. Numbers(20).Select(number => (int)number)]), maxFrameBytes: 16));
    }

    /// <summary>What the writer makes of frames.</summary>
    public static byte[] Write(OutgoingFrame frame, int maxFrameBytes = 64 * 1024)
    {
        var pipe = new Pipe();
        var writer = new FrameWriter(Wire.Into(pipe.Writer), WireLimits.Default with { MaxFrameBytes = maxFrameBytes }, _ => { });
        writer.Enqueue(frame, inline: true);
        Assert.True(pipe.Reader.TryRead(out ReadResult read));
        return System.Buffers.BuffersExtensions.ToArray(read.Buffer);
    }

    private static string Hex(OutgoingFrame frame, int maxFrameBytes = 64 * 1024)
        => string.Join(' ', Write(frame, maxFrameBytes).Select(one => one.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    private static byte[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)i)];

    private static OutgoingFrame Body(FrameKind kind, ReadOnlySpan<byte> prefix, params ReadOnlySpan<int> values)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(1024);
        prefix.CopyTo(frame.Prefix);
        frame.PrefixLength = prefix.Length;
        var writer = new WireWriter(frame.Body, ObjectForm.Array, 16);
        foreach (int value in values)
            writer.WriteInt32(value);
        writer.Flush();
        return frame.As(kind, 7);
    }

    private static OutgoingFrame Block(params ReadOnlySpan<int> numbers)
    {
        OutgoingFrame frame = Body(FrameKind.Item, [0, (byte)numbers.Length, 0, 0, StreamWindow.BlockFlag]);
        foreach (int number in numbers)
        {
            StreamBlocks.Write(frame.Body.GetSpan(sizeof(int)), number);
            frame.Body.Advance(sizeof(int));
        }

        return frame;
    }

    private static OutgoingFrame Call(CallFlags flags)
    {
        OutgoingFrame frame = Body(FrameKind.Call, [], 3);
        var trace = new ActivityContext(
            ActivityTraceId.CreateFromBytes(Numbers(16)), ActivitySpanId.CreateFromBytes(Numbers(8)), ActivityTraceFlags.Recorded);
        frame.PrefixLength = new CallHeader(0x1122334455667788, 9, 0x99aabbccddeeff00, 1500, flags).Write(frame.Prefix, trace);
        return frame;
    }

    private static OutgoingFrame Error()
    {
        OutgoingFrame frame = OutgoingFrame.Rent(64 * 1024);
        ErrorCodec.Write(frame.Body, new InvalidOperationException("no"), "local", "w-1", "w-1/7");
        return frame.As(FrameKind.Error, 7);
    }
}
