using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>A worker that is shown a caller's bytes.</summary>
internal static class WorkerTarget
{
    /// <summary>A mutated session.</summary>
    public static Func<Task> Prepare(RecordedSession session, Random random)
    {
        byte[] bytes = SessionMutations.Mutate(session.Caller, random);
        int[] cuts = SessionMutations.Cuts(random);
        return () => ShowAsync(bytes, cuts);
    }

    /// <summary>Shows it bytes: it goes on or says why not, every call that has begun comes to its end, and nothing stays counted.</summary>
    /// <param name="bytes">What comes behind the hello.</param>
    /// <param name="cuts">Where the bytes are cut; not at all when empty.</param>
    public static async Task<Ending> ShowAsync(byte[] bytes, params int[] cuts)
    {
        var pipes = new PipePair();
        var calls = new TestWorker();
        calls.Construction.SetResult();
        var budget = new WorkerBudget();
        var caller = new FarSide(pipes.Caller);
        await caller.SendAsync(Framing.GoldenFrames.Write(Hello.WriteClient(new ClientHello(FuzzedSides.Ticket()))));
        ServerConnection server = (await ServerConnection.AcceptAsync(pipes.Worker, FuzzedSides.Worker(budget, calls.Values), calls, default))!;
        Task serving = server.RunAsync();
        await caller.SendAsync(bytes, cuts);
        bool isWhole = WireFrame.IsWhole(bytes, FuzzedSides.MaxFrameBytes);
        if (isWhole)
            await caller.ProbeAsync();
        caller.Complete();
        await FarSide.WithinAsync(serving);
        await server.DisposeAsync();
        await FarSide.WithinAsync(caller.Reading);
        await FarSide.WithinAsync(calls.Closed.Task);
        await FarSide.WithinAsync(Task.Run(async () =>
        {
            while (Volatile.Read(ref calls.Ended) < Volatile.Read(ref calls.Begun))
                await Task.Yield();
        }));
        Assert.False(caller.IsGarbled, "What it sent was no frame.");
        Assert.True(caller.IsAlive || caller.GoAway is not null || !isWhole, "The worker closed the connection without a word.");
        Assert.True(IsEmpty(budget), "What has ended still counts as in flight in the worker.");
        return new Ending(caller.IsAlive, caller.GoAway);
    }

    private static bool IsEmpty(WorkerBudget budget)
    {
        const long Bytes = FrameWriter.CountedBytes;
        return budget.TryEnter(FuzzedSides.Limits with { MaxWorkerCallsInFlight = 1 })
            && !budget.TryTake(Bytes, FuzzedSides.Limits with { MaxWorkerBytesInFlight = Bytes - 1 })
            && budget.TryTake(Bytes, FuzzedSides.Limits with { MaxWorkerBytesInFlight = Bytes });
    }
}
