using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Tests.Fuzzing;

namespace Runhouse.Protocol.Tests.Connections;

public class CallTests
{
    [Fact]
    public async Task Code_behind_an_await_may_block_on_other_calls()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await Task.Run(() => BlockBehindAwaitsAsync(pair.Methods), TestContext.Current.CancellationToken);
    }

    private static async Task BlockBehindAwaitsAsync(TestMethods methods)
    {
        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(i, await methods.EchoAsync(i));

            // By now such code runs where the result was read, and this call's result is to be read there as well.
            if (i % 100 == 99)
                Assert.Equal(-i, methods.EchoAsync(-i).AsTask().GetAwaiter().GetResult());
        }
    }

    [Fact]
    public async Task A_call_returns_its_result()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Assert.Equal(42, await pair.Methods.EchoAsync(42));
        Assert.Equal("w-1", pair.Client.WorkerId);
        Assert.Equal("tests", pair.Client.Host);
    }

    [Fact]
    public async Task A_thousand_calls_at_once_get_their_own_results()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        int[] results = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => pair.Methods.EchoAsync(i).AsTask()));
        Assert.Equal(Enumerable.Range(0, 1000), results);
    }

    [Fact]
    public async Task Large_bodies_travel_whole_and_hold_up_no_small_ones()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        byte[][] bodies = [.. Enumerable.Range(1, 3).Select(seed => Random(seed, 4096 * 1024))];
        Task<byte[]?>[] large = [.. bodies.Select(body => pair.Methods.EchoBytesAsync(body).AsTask())];
        int small = 0;
        while (!Task.WhenAll(large).IsCompleted)
            Assert.Equal(small, await pair.Methods.EchoAsync(small++));
        for (int i = 0; i < large.Length; i++)
            Assert.Equal(bodies[i], await large[i]);
        Assert.NotEqual(0, small);
    }

    [Fact]
    public async Task An_exception_of_the_worker_is_the_call_s_own()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        Exception error = await Assert.ThrowsAsync<InvalidOperationException>(() => pair.Methods.ThrowAsync().AsTask());
        Assert.Equal("no", error.Message);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_the_call_s_error_and_the_connection_lives_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await Assert.ThrowsAsync<RemoteSerializationException>(() => pair.Methods.SendAsync(TestMethods.Echo, []).AsTask());
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_is_the_call_s_error_and_the_connection_lives_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var asNumber = new Runhouse.Protocol.Generated.RemoteMethod<int>(301, "Tests.EchoBytes", 1, static (ref reader) => reader.ReadInt32());
        var call = pair.Methods.Target.Begin(asNumber);
        var writer = call.BeginArguments();
        writer.WriteBlock<byte>([1, 2, 3]);
        Task<int> result = call.SendAsync(ref writer, TestContext.Current.CancellationToken).AsTask();
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => result);
        Assert.Contains("Tests.EchoBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pair.Methods.EchoAsync(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reports_arrive_in_order_before_the_result()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var reports = new Reports();
        Assert.Equal(10_000, await pair.Methods.ProgressAsync(10_000, reports));
        Assert.Equal(Enumerable.Range(0, 10_000), reports.All);
        Assert.Equal(3, await pair.Methods.ProgressAsync(3, null));
    }

    [Fact]
    public async Task A_slow_receiver_of_reports_holds_its_reporter_up_within_the_window()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var reports = new Reports();
        reports.Gate.Reset();
        Task<int> call = pair.Methods.ProgressAsync(20_000, reports).AsTask();
        for (int i = 0; i < 100; i++)
            await pair.Methods.EchoAsync(i);
        Assert.InRange(Volatile.Read(ref pair.Worker.Produced), 0, 4096);
        reports.Gate.Set();
        Assert.Equal(20_000, await call);
        Assert.Equal(Enumerable.Range(0, 20_000), reports.All);
    }

    [Fact]
    public async Task Reports_beyond_the_bytes_of_their_window_end_the_connection()
    {
        var pipes = new PipePair();
        var worker = new FarSide(pipes.Worker);
        await worker.SendAsync(Framing.GoldenFrames.Write(Hello.WriteServer(FuzzedSides.Greeting)));
        await using ClientConnection client = await ClientConnection.ConnectAsync(pipes.Caller, new ClientHandshake(FuzzedSides.Ticket()), ClientConnectionOptions.Default, default);
        var reports = new Reports();
        reports.Gate.Reset();
        Task<int> call = new TestMethods(client).ProgressAsync(1, reports).AsTask();
        const ulong FirstCall = 1 << 24;
        byte[] report = [1, 50, .. new byte[64 * 1024]];
        for (int i = 0; i < 20; i++)
            await worker.SendAsync(WireFrame.Write(new Message(FrameKind.Progress, FirstCall, report).Split()));
        await FarSide.WithinAsync(worker.Reading);
        Assert.Equal(GoAwayCode.LimitExceeded, worker.GoAway);
        reports.Gate.Set();
        await Assert.ThrowsAsync<WorkerLostException>(() => call);
    }

    [Fact]
    public async Task A_cancelled_call_lets_its_waiting_reporter_go()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var reports = new Reports();
        reports.Gate.Reset();
        using var cancellation = new CancellationTokenSource();
        Task<int> call = pair.Methods.ProgressAsync(20_000, reports, cancellation.Token).AsTask();
        while (Volatile.Read(ref pair.Worker.Produced) < 4096)
            await Task.Yield();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        while (Volatile.Read(ref pair.Worker.Ended) == 0)
            await Task.Yield();
        reports.Gate.Set();
    }

    [Fact]
    public async Task A_receiver_of_reports_that_throws_ends_its_call()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        var reports = new Reports { Throws = true };
        await Assert.ThrowsAsync<NotSupportedException>(() => pair.Methods.ProgressAsync(10_000, reports).AsTask());
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task Lines_arrive_in_order_before_the_result()
    {
        var lines = new List<string>();
        await using WirePair pair = await WirePair.ConnectAsync(log: record => lines.Add(record.Text));
        Assert.Equal(10_000, await pair.Methods.SayAsync(10_000));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"line {i}"), lines);
    }

    [Fact]
    public async Task Handles_are_released_and_objects_deleted()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        await pair.Client.ReleaseAsync(5, delete: false, TestContext.Current.CancellationToken);
        await pair.Client.ReleaseAsync(6, delete: true, TestContext.Current.CancellationToken);
        Assert.Equal([(5UL, false), (6UL, true)], pair.Worker.Releases.ToArray());
    }

    private static byte[] Random(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class Reports : IProgress<int>
    {
        public List<int> All { get; } = [];

        public bool Throws { get; init; }

        public ManualResetEventSlim Gate { get; } = new(true);

        public void Report(int value)
        {
            Gate.Wait();
            if (Throws)
                throw new NotSupportedException("a receiver's own");
            All.Add(value);
        }
    }
}
