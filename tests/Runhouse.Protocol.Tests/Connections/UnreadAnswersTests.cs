using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Tests.Fuzzing;

namespace Runhouse.Protocol.Tests.Connections;

public class UnreadAnswersTests
{
    private const int Some = 400;
    private const int Many = 1_000_000;

    [Theory]
    [InlineData((byte)FrameKind.Ping)]
    [InlineData((byte)FrameKind.Call)]
    public async Task A_caller_that_asks_without_reading_the_answers_is_cut_off(byte kind)
    {
        var pipes = new PipePair();
        await pipes.Caller.Output.WriteAsync(Framing.GoldenFrames.Write(Hello.WriteClient(new ClientHello(FuzzedSides.Ticket()))), TestContext.Current.CancellationToken);
        ServerConnection? server = await ServerConnection.AcceptAsync(pipes.Worker, FuzzedSides.Worker(), new TestWorker(), default);
        Task serving = server!.RunAsync();
        byte[] releaseOfAnObject = [1, .. new byte[28]];
        for (ulong call = 1; call <= Many && !serving.IsCompleted; call += Some)
        {
            byte[] frames = WireFrame.Write([.. Enumerable.Range(0, Some).Select(i => kind == (byte)FrameKind.Ping
                ? new WireFrame(kind, 0, 0, new byte[8])
                : new WireFrame(kind, 0, call + (ulong)i, releaseOfAnObject))]);
            if ((await pipes.Caller.Output.WriteAsync(frames, TestContext.Current.CancellationToken)).IsCompleted)
                break;
        }

        await serving.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }
}
