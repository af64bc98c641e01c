using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Connections;

public class LimitTests
{
    private static readonly WireLimits Small = new() { MaxBodyBytes = 4096, MaxFrameBytes = 1024, MaxCallsInFlight = 4 };

    [Fact]
    public async Task An_argument_over_the_limit_is_named_and_the_connection_lives_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small);
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => pair.Methods.EchoBytesAsync(new byte[8192]).AsTask());
        Assert.Equal("value", error.MemberPath);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task A_collection_of_too_many_values_is_refused_at_home_in_the_words_of_the_far_side()
    {
        await using WirePair pair = await WirePair.ConnectAsync(WireLimits.Default with { MaxCount = 4 });
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => SendListAsync(pair.Methods, 5).AsTask());
        Assert.Equal("values", error.MemberPath);
        Assert.Equal(
            "'values' cannot be sent: it announces 5 values, over the limit of 4. Send less at once, or raise Runhouse:Limits:MaxCount. A host that runs keeps the limits of the caller that started it, and so do its workers: take it down with 'runhouse down NAME' ('local' on this machine) or Cluster.DownAsync(), and call again.",
            error.Message);
        Assert.Equal(0, Volatile.Read(ref pair.Worker.Begun));
        await Assert.ThrowsAsync<RemoteSerializationException>(() => SendListAsync(pair.Methods, 4).AsTask());
        Assert.Equal(1, Volatile.Read(ref pair.Worker.Begun));
    }

    [Fact]
    public async Task An_item_over_the_limit_is_to_be_smaller_and_no_stream_of_its_own()
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small);
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await pair.Methods.BlocksAsync(10, 8192).ToListAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith(
            "An item of a stream or a report makes the body larger than the limit of 4096 bytes. Send smaller items, or raise Runhouse:Limits:MaxBodyBytes. A host that runs keeps the limits of the caller that started it",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_argument_over_the_bytes_in_flight_is_not_blamed_on_other_calls(bool atHome)
    {
        WireLimits few = WireLimits.Default with { MaxBytesInFlight = 64 << 10 };
        await using WirePair pair = await WirePair.ConnectAsync(few, callerLimits: atHome ? few : WireLimits.Default);
        var error = await Assert.ThrowsAsync<OverloadedException>(() => pair.Methods.EchoBytesAsync(new byte[100_000]).AsTask());
        Assert.StartsWith("'Tests.EchoBytes'", error.Message, StringComparison.Ordinal);
        Assert.Contains("100", error.Message, StringComparison.Ordinal);
        Assert.Contains("are more by themselves than the 65536 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("raise Runhouse:Limits:MaxBytesInFlight. A host that runs keeps", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Await", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_over_the_worker_s_limit_are_the_call_s_error_and_the_connection_lives_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small, callerLimits: WireLimits.Default with { MaxFrameBytes = 1024 });
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => pair.Methods.EchoBytesAsync(new byte[100_000]).AsTask());
        Assert.StartsWith("What the caller sends for 'Tests.EchoBytes' is 100", error.Message, StringComparison.Ordinal);
        Assert.Contains("over the worker's limit of 4096", error.Message, StringComparison.Ordinal);
        Assert.Contains("take it down with 'runhouse down", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task Arguments_that_are_refused_while_they_are_on_their_way_stay_at_home()
    {
        const int Large = 64 << 20;
        await using WirePair pair = await WirePair.ConnectAsync(Small, callerLimits: WireLimits.Default with { MaxFrameBytes = 1024 });
        await Assert.ThrowsAsync<RemoteSerializationException>(() => pair.Methods.EchoBytesAsync(new byte[Large]).AsTask());
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
        await pair.Client.Writer.FlushedAsync();
        Assert.InRange(pair.Server.Greeting.Received, 1, Large / 2);
        Assert.Equal(2, await pair.Methods.EchoAsync(2));
    }

    [Fact]
    public async Task A_result_over_the_caller_s_limit_is_the_call_s_error_and_the_connection_lives_on()
    {
        await using WirePair pair = await WirePair.ConnectAsync(WireLimits.Default with { MaxFrameBytes = 1024 }, callerLimits: Small);
        var generous = new TestMethods(pair.Client, null, WireLimits.Default);
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(() => generous.EchoBytesAsync(new byte[100_000]).AsTask());
        Assert.StartsWith("What the worker sends for 'Tests.EchoBytes' is 100", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await pair.Methods.EchoAsync(1));
    }

    [Fact]
    public async Task More_calls_in_flight_than_the_caller_allows_are_not_sent()
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small);
        pair.Worker.Holds = true;
        Task<int>[] calls = [.. Enumerable.Range(0, 4).Select(i => pair.Methods.EchoAsync(i).AsTask())];
        var error = await Assert.ThrowsAsync<OverloadedException>(() => pair.Methods.EchoAsync(4).AsTask());
        Assert.Contains("MaxCallsInFlight", error.Message, StringComparison.Ordinal);
        await RunHeldAsync(pair, calls.Length);
        int[] results = await Task.WhenAll(calls);
        Assert.Equal([0, 1, 2, 3], results);
    }

    [Fact]
    public async Task More_calls_in_flight_than_the_worker_allows_are_answered_with_an_error()
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small, callerLimits: WireLimits.Default);
        pair.Worker.Holds = true;
        Task<int>[] calls = [.. Enumerable.Range(0, 4).Select(i => pair.Methods.EchoAsync(i).AsTask())];
        var error = await Assert.ThrowsAsync<OverloadedException>(() => pair.Methods.EchoAsync(4).AsTask());
        Assert.Contains("The worker runs 4 calls", error.Message, StringComparison.Ordinal);
        await RunHeldAsync(pair, calls.Length);
        int[] results = await Task.WhenAll(calls);
        Assert.Equal([0, 1, 2, 3], results);
    }

    [Fact]
    public async Task A_frame_over_the_limit_closes_the_connection_with_a_reason()
    {
        await using WirePair pair = await WirePair.ConnectAsync(callerLimits: Small);
        var error = await Assert.ThrowsAsync<WorkerLostException>(() => new TestMethods(pair.Client, null, WireLimits.Default).EchoBytesAsync(new byte[3000]).AsTask());
        Assert.Contains("over the limit of 1024", error.Message, StringComparison.Ordinal);
        await pair.Worker.Closed.Task;
    }

    [Theory]
    [InlineData(0, 0)] // shorter than its own header
    [InlineData(10, 13)] // of no kind
    [InlineData(10, 1)] // a second hello
    [InlineData(10, 3)] // a result from a caller
    public async Task A_bad_header_closes_the_connection(byte length, byte kind)
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        byte[] frame = new byte[FrameHeader.Size];
        (frame[0], frame[4]) = (length, kind);
        await pair.Pipes.Caller.Output.WriteAsync(frame, TestContext.Current.CancellationToken);
        await pair.Worker.Closed.Task;
        await pair.Client.Completion;
        var error = await Assert.ThrowsAsync<WorkerLostException>(() => pair.Methods.EchoAsync(1, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("broke the protocol", error.Message, StringComparison.Ordinal);
    }

    private static ValueTask<int> SendListAsync(TestMethods methods, int count)
    {
        OutgoingCall<int> call = methods.Target.Begin(TestMethods.Echo);
        WireWriter writer = call.BeginArguments();
        try
        {
            writer.Member("values"u8);
            writer.BeginArray(count);
            for (int i = 0; i < count; i++)
                writer.WriteInt32(i);
            writer.EndArray();
        }
        catch (Exception error)
        {
            return call.FailAsync(ref writer, error);
        }

        return call.SendAsync(ref writer, default);
    }

    private static async Task RunHeldAsync(WirePair pair, int count)
    {
        while (pair.Worker.HeldCount < count)
            await Task.Yield();
        await pair.Worker.RunHeldAsync();
    }

    [Fact]
    public void A_log_line_beyond_all_measure_is_cut_and_says_so()
    {
        OutgoingFrame frame = LogFrames.Write(
            new LogRecord(7, DateTimeOffset.UnixEpoch, 2, new string('c', 100_000), new string('x', 1_000_000), LogSource.Logger), WireLimits.Default.MaxBodyBytes);
        byte[] payload = new byte[frame.PayloadLength];
        frame.CopyTo(0, payload);

        LogRecord record = LogFrames.Read(7, new System.Buffers.ReadOnlySequence<byte>(payload));
        Assert.StartsWith("ccc", record.Category, StringComparison.Ordinal);
        Assert.EndsWith("x (and 737856 characters more)", record.Text, StringComparison.Ordinal);
    }
}
