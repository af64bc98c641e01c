using System.Collections.Concurrent;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Tests.Framing;
using Runhouse.Protocol.Tests.Resumption;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>The window under which the log lines of a session flow.</summary>
public class LogWindowTests
{
    private const int Lines = 20_000;

    private readonly ConcurrentQueue<string> _received = new();
    private readonly TaskCompletionSource _taking = new();

    private static string[] All => [.. Enumerable.Range(0, Lines).Select(static i => $"line {i}")];

    [Fact]
    public async Task A_slow_receiver_holds_up_the_code_that_writes_and_gets_every_line_before_the_result()
    {
        await using WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        Task<int> saying = pair.Methods.SayAsync(Lines).AsTask();
        await UntilAsync(() => Volatile.Read(ref pair.Worker.Said) == LinesOfAWindow());
        _taking.SetResult();
        Assert.Equal(Lines, await saying);
        Assert.Equal(All, _received);
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_holds_nobody_up_for_long_and_is_told_how_many_lines_it_lacks()
    {
        await using WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        Task<int> saying = pair.Methods.SayAsync(Lines).AsTask();
        int taken = LinesOfAWindow();
        await UntilAsync(() => Volatile.Read(ref pair.Worker.Said) == taken);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal(taken, Volatile.Read(ref pair.Worker.Said));
        pair.WorkerTime.Advance(LogWindow.Patience);
        await UntilAsync(() => Volatile.Read(ref pair.Worker.Said) == Lines);
        _taking.SetResult();
        Assert.Equal(Lines, await saying);
        await UntilAsync(() => _received.Count == taken + 1);
        Assert.Equal(All[..taken], _received.SkipLast(1));
        Assert.StartsWith($"{Lines - taken} lines are left out here", _received.Last(), StringComparison.Ordinal);

        // And it gets those that come then.
        _received.Clear();
        Assert.Equal(1, await pair.Methods.SayAsync(1));
        Assert.Equal(All[..1], _received);
    }

    [Fact]
    public async Task Lines_that_nobody_receives_hold_up_nobody()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(Lines, await pair.Methods.SayAsync(Lines));
    }

    [Fact]
    public async Task Lines_that_the_caller_drops_because_of_their_length_hold_up_nobody()
    {
        await using WirePair pair = await WirePair.ConnectAsync(callerLimits: WireLimits.Default with { MaxBodyBytes = 100_000 }, log: ReceiveSlowly);
        _taking.SetResult();
        await Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
                pair.Server.WriteLog(Line(7, new string('x', 200_000)));
            pair.Server.WriteLog(Line(7, "short"));
        });
        await UntilAsync(() => _received.TryPeek(out string? first) && first == "short");
    }

    [Fact]
    public async Task Lines_and_their_credit_are_exactly_once_over_connections_that_are_cut()
    {
        await using ProxiedPair pair = await ProxiedPair.ConnectAsync(log: ReceiveSlowly);
        _taking.SetResult();
        Task<int> saying = pair.Methods.SayAsync(Lines).AsTask();
        for (int cut = 1; cut <= 10; cut++)
        {
            int next = cut * Lines / 12;
            await UntilAsync(() => _received.Count >= next);
            pair.Proxy.Cut();
        }

        Assert.Equal(Lines, await saying);
        Assert.Equal(All, _received);

        // A credit that was lost would stop this one in the end, one that came twice would end the session.
        for (int i = 0; i < 5; i++)
            Assert.Equal(Lines, await pair.Methods.SayAsync(Lines));
    }

    [Fact]
    public async Task Code_that_waits_for_a_receiver_goes_on_when_the_session_ends()
    {
        WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        Task<int> saying = pair.Methods.SayAsync(Lines).AsTask();
        int most = LinesOfAWindow();
        await UntilAsync(() => Volatile.Read(ref pair.Worker.Said) == most);
        await pair.DisposeAsync();
        await UntilAsync(() => Volatile.Read(ref pair.Worker.Ended) == 1);
        _taking.SetResult();
        await Assert.ThrowsAsync<HostUnreachableException>(() => saying);
    }

    [Fact]
    public async Task Lines_of_any_length_from_many_threads_keep_to_the_window_of_their_session()
    {
        const int Writers = 16;
        const int Each = 60;
        await using WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        _taking.SetResult();
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => Task.Factory.StartNew(
            () =>
            {
                var random = new Random(writer);
                for (int i = 0; i < Each; i++)
                    pair.Server.WriteLog(Line((ulong)writer % 4, $"{writer}:{i}:" + new string('é', random.Next(8) == 0 ? random.Next(262_000) : random.Next(200))));
            },
            TaskCreationOptions.LongRunning)));
        await UntilAsync(() => _received.Count == Writers * Each);
        Assert.True(pair.Client.IsOpen);
        foreach (IGrouping<string, string[]> writer in _received.Select(static text => text.Split(':')).GroupBy(static parts => parts[0]))
            Assert.Equal(Enumerable.Range(0, Each).Select(static i => $"{i}"), writer.Select(static parts => parts[1]));
    }

    [Theory]
    [InlineData(60_000)] // in one frame each
    [InlineData(260_000)] // in chunks
    public async Task A_worker_that_sends_lines_beyond_the_window_is_cut_off(int length)
    {
        await using WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        for (int sent = 0; sent <= 2 * StreamWindow.ReportBytes; sent += length)
            pair.Server.Writer.Enqueue(LogFrames.Write(Line(7, new string('x', length)), WireLimits.Default.MaxBodyBytes));
        await AssertCutOffAsync(pair, "beyond their window");
    }

    [Fact]
    public async Task A_worker_that_announces_a_line_beyond_all_measure_is_cut_off()
    {
        await using WirePair pair = await WirePair.ConnectAsync(log: ReceiveSlowly);
        byte[] chunk = new byte[FrameHeader.Size + sizeof(long) + 1];
        new FrameHeader(FrameKind.Log, FrameFlags.Sized | FrameFlags.More, 7, chunk.Length - FrameHeader.Size).Write(chunk);
        BitConverter.TryWriteBytes(chunk.AsSpan(FrameHeader.Size), long.MaxValue);
        await pair.Pipes.Worker.Output.WriteAsync(chunk, TestContext.Current.CancellationToken);
        await AssertCutOffAsync(pair, "a log line of 9223372036854775807 bytes");
    }

    [Theory]
    [InlineData(0, 0, 1)] // more than is outstanding
    [InlineData(0, 0, -1)]
    [InlineData(0, 0, int.MinValue)]
    [InlineData(0, 1, 0)] // lines are not counted by their number
    [InlineData(1, 0, 0)] // of no call's stream
    public async Task A_caller_that_grants_more_than_is_outstanding_is_cut_off(byte index, int items, int bytes)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await pair.Pipes.Caller.Output.WriteAsync(GoldenFrames.Write(OutgoingFrame.Credit(0, index, items, bytes)), TestContext.Current.CancellationToken);
        await pair.Worker.Closed.Task;
        await pair.Client.Completion;
        var error = await Assert.ThrowsAsync<WorkerLostException>(() => pair.Methods.EchoAsync(1, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("broke the protocol", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertCutOffAsync(WirePair pair, string reason)
    {
        await pair.Client.Completion;
        var error = await Assert.ThrowsAsync<WorkerLostException>(() => pair.Methods.EchoAsync(1, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        _taking.SetResult();
    }

    private void ReceiveSlowly(LogRecord record)
    {
        _taking.Task.GetAwaiter().GetResult();
        _received.Enqueue(record.Text);
    }

    private static LogRecord Line(ulong call, string text) => new(call, DateTimeOffset.UnixEpoch, 2, "", text, LogSource.StandardOutput);

    /// <summary>How many lines of one call are written before it waits.</summary>
    private static int LinesOfAWindow()
    {
        long bytes = 0;
        int lines = 0;
        for (; bytes < StreamWindow.ReportBytes; lines++)
            bytes += LogFrames.Cost(LogFrames.HeaderSize + $"line {lines}".Length);
        return lines;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }
}
