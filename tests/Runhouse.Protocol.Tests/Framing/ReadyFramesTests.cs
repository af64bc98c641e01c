using CsCheck;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Framing;

public sealed class ReadyFramesTests
{
    private const int Most = 5;

    [Fact]
    public void As_many_answers_may_wait_as_were_allowed_however_they_are_taken_and_put_back() => Gen.Int[0, 4].Array[1, 200].Sample(
        steps =>
        {
            var ready = new ReadyFrames(Most);
            int waiting = 0;
            var taken = new Queue<OutgoingFrame>();
            foreach (int step in steps)
            {
                switch (step)
                {
                    case 0 or 1:
                        var frame = new OutgoingFrame().As(FrameKind.Result, 1);
                        bool isAnnounced = ready.TryAnnounce(frame);
                        Assert.Equal(waiting < Most, isAnnounced);
                        if (!isAnnounced)
                            return;
                        ready.Add(frame);
                        waiting++;
                        break;
                    case 2 when ready.TryTake(out OutgoingFrame? next):
                        taken.Enqueue(next);
                        ready.Settle();
                        waiting--;
                        break;
                    case 3 when taken.TryDequeue(out OutgoingFrame? back) && waiting < Most:
                        ready.PutBack(back);
                        ready.Settle();
                        waiting++;
                        break;
                    case 4 when taken.Count > 0 && waiting + taken.Count <= Most:
                        waiting += taken.Count;
                        ready.PutFirst(taken);
                        ready.Settle();
                        break;
                }
            }

            Assert.Equal(waiting, ready.Count);
        },
        iter: 500);
}
