using System.Buffers;
using System.IO.Pipelines;
using CsCheck;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Tests.Connections;

public class HostileFramesTests
{
    /// <summary>A session of calls, streams and cancellations as a caller's bytes, without the hello.</summary>
    private static readonly Task<byte[]> Recorded = RecordAsync();

    [Fact]
    public async Task Bytes_may_be_cut_anywhere()
    {
        byte[] session = await Recorded;
        Gen.Int[1, 97].Array[1, 20].Sample(
            cuts =>
            {
                (long ended, bool closed) = ReplayAsync(session, cuts).GetAwaiter().GetResult();
                return ended > 0 && !closed;
            },
            iter: 50);
    }

    [Fact]
    public async Task Changed_bytes_end_in_errors_or_a_closed_connection_and_nothing_else()
    {
        byte[] session = await Recorded;
        Gen.Select(Gen.Int[0, session.Length - 1], Gen.Byte, Gen.Int[0, 3]).Array[1, 4].Sample(
            changes =>
            {
                var bytes = session.ToList();
                foreach ((int at, byte value, int kind) in changes)
                    Change(bytes, Math.Min(at, bytes.Count - 1), value, kind);
                ReplayAsync([.. bytes], [4096]).GetAwaiter().GetResult();
            },
            iter: 20_000);
    }

    [Fact]
    public void A_changed_hello_is_refused_or_accepted_and_nothing_else()
    {
        var ledger = new TicketLedger();
        var sessions = new SessionTable();
        Gen.Select(Gen.Int[0, Hello.ClientSize + FrameHeader.Size - 1], Gen.Byte, Gen.Int[0, 3]).Array[1, 3].Sample(
            changes =>
            {
                byte[] ticket = Ticket.Mint(WirePair.Key, TimeProvider.System.GetUtcNow() + Ticket.DefaultLifetime);
                var hello = new ClientHello(ticket) { Grace = TimeSpan.FromSeconds(1), KeepAlive = TimeSpan.FromSeconds(1) };
                var bytes = Framing.GoldenFrames.Write(Hello.WriteClient(hello)).ToList();
                foreach ((int at, byte value, int kind) in changes)
                    Change(bytes, Math.Min(at, bytes.Count - 1), value, kind);
                AcceptAsync([.. bytes]).GetAwaiter().GetResult();
            },
            iter: 20_000);

        async Task AcceptAsync(byte[] bytes)
        {
            var pipes = new PipePair();
            await pipes.Caller.Output.WriteAsync(bytes);
            await pipes.Caller.Output.CompleteAsync();
            if (await ServerConnection.AcceptAsync(pipes.Worker, Options() with { TicketLedger = ledger, Sessions = sessions }, new TestWorker(), default) is not { } server)
                return;
            Task serving = server.RunAsync();
            await server.DisposeAsync();
            await serving;
        }
    }

    private static void Change(List<byte> bytes, int at, byte value, int kind)
    {
        switch (kind)
        {
            case 0:
                bytes[at] = value;
                break;
            case 1:
                bytes[at] ^= (byte)(1 << (value & 7));
                break;
            case 2:
                bytes.Insert(at, value);
                break;
            default:
                bytes.RemoveRange(at, Math.Min(value, bytes.Count - 1 - at));
                break;
        }
    }

    private static async Task<byte[]> RecordAsync()
    {
        var pipes = new PipePair();
        var tap = new Tap(pipes.Caller);
        var worker = new TestWorker();
        worker.Construction.SetResult();
        byte[] ticket = Ticket.Mint(WirePair.Key, TimeProvider.System.GetUtcNow() + Ticket.DefaultLifetime);
        Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(pipes.Worker, Options(), worker, default);
        WireLimits limits = WireLimits.Default with { MaxFrameBytes = 256 };
        await using ClientConnection client = await ClientConnection.ConnectAsync(
            tap, new ClientHandshake(ticket), ClientConnectionOptions.Default with { Limits = limits }, default);
        _ = (await accepting)!.RunAsync();
        int hello = tap.Bytes.WrittenCount;
        var methods = new TestMethods(client, new CallSettings(null, true));
        await methods.EchoAsync(1);
        await methods.EchoBytesAsync(new byte[1000]);
        await methods.SumAsync(CountAsync());
        await methods.ProgressAsync(3, new Progress<int>());
        await methods.ConstructAsync();
        await foreach (int _ in methods.DoubledAsync(CountAsync()))
        {
        }

        using var cancellation = new CancellationTokenSource();
        Task waiting = methods.WaitAsync(cancellation.Token).AsTask();
        await worker.Waiting.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await client.ReleaseAsync(1, delete: false, default);
        return tap.Bytes.WrittenSpan[hello..].ToArray();
    }

    /// <summary>Shows the bytes to a worker; returns how many calls ended, and whether the worker closed before the caller did.</summary>
    private static async Task<(long Ended, bool Closed)> ReplayAsync(byte[] session, int[] cuts)
    {
        var pipes = new PipePair();
        var worker = new TestWorker();
        worker.Construction.SetResult();
        byte[] ticket = Ticket.Mint(WirePair.Key, TimeProvider.System.GetUtcNow() + Ticket.DefaultLifetime);
        byte[] hello = Framing.GoldenFrames.Write(Hello.WriteClient(new ClientHello(ticket)));
        await pipes.Caller.Output.WriteAsync(hello);
        ServerConnection? server = await ServerConnection.AcceptAsync(pipes.Worker, Options(), worker, default);
        Task serving = server!.RunAsync();
        Task draining = DrainAsync(pipes.Caller.Input);
        int at = 0;
        for (int i = 0; at < session.Length; i++)
        {
            int count = Math.Min(cuts[i % cuts.Length], session.Length - at);
            if ((await pipes.Caller.Output.WriteAsync(session.AsMemory(at, count))).IsCompleted)
                break;
            at += count;
        }

        bool closed = serving.IsCompleted;
        await pipes.Caller.Output.CompleteAsync();
        await serving;
        await server.DisposeAsync();
        await draining;
        await worker.Closed.Task;

        // Calls let go of, not calls answered: every one of them must come to its end.
        while (Volatile.Read(ref worker.Ended) < Volatile.Read(ref worker.Begun))
            await Task.Yield();
        return (worker.Ended, closed);
    }

    private static async Task DrainAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static ServerConnectionOptions Options() => new()
    {
        TicketKey = WirePair.Key,
        TicketLedger = new TicketLedger(),
        WorkerId = "w-1",
        Host = "tests",
        Limits = WireLimits.Default with { MaxBodyBytes = 64 * 1024, MaxFrameBytes = 256 },
    };

    private static async IAsyncEnumerable<int> CountAsync()
    {
        for (int i = 0; i < 100; i++)
        {
            if (i % 10 == 9)
                await Task.Yield();
            yield return i;
        }
    }

    /// <summary>Keeps what goes through the output.</summary>
    private sealed class Tap(IDuplexPipe inner) : PipeWriter, IDuplexPipe
    {
        private Memory<byte> _memory;

        public ArrayBufferWriter<byte> Bytes { get; } = new();

        public PipeReader Input => inner.Input;

        public PipeWriter Output => this;

        public override void Advance(int bytes)
        {
            Bytes.Write(_memory.Span[..bytes]);
            inner.Output.Advance(bytes);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.Output.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void CancelPendingFlush() => inner.Output.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Output.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.Output.FlushAsync(cancellationToken);
    }
}
