using CsCheck;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Both sides take what was recorded as it is: without that, its mutations would show nothing.</summary>
public class RecordedSessionTests
{
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 97].Array[1, 20];

    [Fact]
    public async Task A_worker_takes_the_bytes_of_a_caller_wherever_they_are_cut()
    {
        byte[] bytes = Bytes((await RecordedSession.Of).Caller);
        Cuts.Sample(cuts => Assert.Equal("goes on", $"{WorkerTarget.ShowAsync(bytes, cuts).GetAwaiter().GetResult()}"), iter: 50);
    }

    [Fact]
    public async Task A_caller_takes_the_bytes_of_a_worker_wherever_they_are_cut()
    {
        byte[] bytes = Bytes((await RecordedSession.Of).Worker);
        Cuts.Sample(cuts => Assert.Equal("goes on", $"{CallerTarget.ShowAsync(bytes, cuts).GetAwaiter().GetResult()}"), iter: 50);
    }

    [Fact]
    public async Task It_has_frames_of_every_kind_that_calls_bring_about()
    {
        RecordedSession session = await RecordedSession.Of;
        Assert.Equal([FrameKind.Call, FrameKind.Item, FrameKind.End, FrameKind.Cancel], Kinds(session.Caller));
        Assert.Equal([FrameKind.Result, FrameKind.Error, FrameKind.Item, FrameKind.End, FrameKind.Log, FrameKind.Progress], Kinds(session.Worker));

        static IEnumerable<FrameKind> Kinds(IEnumerable<Message> messages) => messages.Select(message => message.Kind).Distinct().Order();
    }

    private static byte[] Bytes(IEnumerable<Message> messages) => WireFrame.Write(messages.SelectMany(message => message.Split()));
}
