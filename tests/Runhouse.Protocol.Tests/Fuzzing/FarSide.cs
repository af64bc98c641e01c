using System.Buffers;
using System.IO.Pipelines;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>The far side of a connection under test: sends bytes of any kind, and takes note of what it is answered.</summary>
internal sealed class FarSide
{
    /// <summary>Far more than any case takes: what lasts so long is a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A pipe takes what one write brings, however much: less than this, and it holds the writer up.</summary>
    private const int Piece = 16 * 1024;

    private static readonly byte[] Probe = "probe..."u8.ToArray();

    private readonly IDuplexPipe _pipes;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FarSide(IDuplexPipe pipes)
    {
        _pipes = pipes;
        Reading = ReadAsync();
    }

    /// <summary>Ends with what the other side sends.</summary>
    public Task Reading { get; }

    /// <summary>What it said in the end; null if it did not say goodbye.</summary>
    public GoAwayCode? GoAway { get; private set; }

    /// <summary>Whether it has answered the probe.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Whether what it sent was no frame.</summary>
    public bool IsGarbled { get; private set; }

    /// <summary>The kinds of the frames that it has sent, with their calls.</summary>
    public List<(FrameKind Kind, ulong CallId)> Frames { get; } = [];

    /// <summary>Waits, but not for ever.</summary>
    public static Task WithinAsync(Task task) => task.WaitAsync(Patience);

    /// <summary>Sends bytes in as many pieces as there are cuts, over and over; stops when the other side does not read any more.</summary>
    public async Task SendAsync(byte[] bytes, params int[] cuts)
    {
        int at = 0;
        for (int i = 0; at < bytes.Length; i++)
        {
            int count = Math.Min(cuts.Length == 0 ? Piece : cuts[i % cuts.Length], bytes.Length - at);
            ValueTask<FlushResult> sending = _pipes.Output.WriteAsync(bytes.AsMemory(at, count));
            if ((sending.IsCompleted ? await sending : await sending.AsTask().WaitAsync(Patience)).IsCompleted)
                return;
            at += count;
        }
    }

    /// <summary>Sends a ping, and waits for its answer or another one that says as much.</summary>
    public async Task ProbeAsync()
    {
        await SendAsync(WireFrame.Write([new WireFrame((byte)FrameKind.Ping, 0, 0, Probe)]));
        await WithinAsync(Task.WhenAny(_answered.Task, Reading));
    }

    /// <summary>Sends nothing more.</summary>
    public void Complete() => _pipes.Output.Complete();

    private async Task ReadAsync()
    {
        while (true)
        {
            ReadResult read = await _pipes.Input.ReadAsync();
            ReadOnlySequence<byte> buffer = read.Buffer;
            try
            {
                while (!IsGarbled && FrameHeader.TryRead(ref buffer, FuzzedSides.MaxGreetingBytes, out FrameHeader header, out ReadOnlySequence<byte> payload))
                    Note(header, payload);
            }
            catch (ProtocolViolationException)
            {
                IsGarbled = true;
            }

            _pipes.Input.AdvanceTo(IsGarbled ? buffer.End : buffer.Start, buffer.End);
            if (read.IsCompleted)
                break;
        }

        await _pipes.Input.CompleteAsync();
    }

    private void Note(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        Frames.Add((header.Kind, header.CallId));
        if (header.Kind == FrameKind.GoAway)
            GoAway = FrameConnection.ReadGoAway(payload).Code;
        if (header.Kind != FrameKind.Ping || header.Flags != FrameFlags.Reply || !payload.ToArray().AsSpan().SequenceEqual(Probe))
            return;
        IsAlive = true;
        _answered.TrySetResult();
    }
}
