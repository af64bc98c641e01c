using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>A caller with calls in flight that is shown a worker's bytes.</summary>
internal static class CallerTarget
{
    /// <summary>A mutated session.</summary>
    public static Func<Task> Prepare(RecordedSession session, Random random)
    {
        byte[] bytes = SessionMutations.Mutate(session.Worker, random);
        int[] cuts = SessionMutations.Cuts(random);
        return () => ShowAsync(bytes, cuts);
    }

    /// <summary>Shows it bytes: it goes on or says why not, and every call ends with a result or an error that says where it comes from.</summary>
    /// <param name="bytes">What comes behind the worker's hello.</param>
    /// <param name="cuts">Where the bytes are cut; not at all when empty.</param>
    public static async Task<Ending> ShowAsync(byte[] bytes, params int[] cuts)
    {
        var pipes = new PipePair();
        var worker = new FarSide(pipes.Worker);
        await worker.SendAsync(Framing.GoldenFrames.Write(Hello.WriteServer(FuzzedSides.Greeting)));
        ClientConnection client = await ClientConnection.ConnectAsync(pipes.Caller, new ClientHandshake(new byte[Control.Ticket.Size]), FuzzedSides.Caller, default);
        using var giveUp = new CancellationTokenSource();
        List<Task> calls = Workload.Begin(client, giveUp);
        await worker.SendAsync(bytes, cuts);
        bool isWhole = WireFrame.IsWhole(bytes, FuzzedSides.MaxFrameBytes);
        if (isWhole)
            await worker.ProbeAsync();
        worker.Complete();
        await FarSide.WithinAsync(client.Completion);
        await FarSide.WithinAsync(worker.Reading);
        foreach (Task call in calls)
            AssertTyped(await EndAsync(call));
        await client.DisposeAsync();
        Assert.False(worker.IsGarbled, "What it sent was no frame.");
        Assert.True(worker.IsAlive || worker.GoAway is not null || !isWhole, "The caller closed the connection without a word.");
        return new Ending(worker.IsAlive, worker.GoAway);
    }

    public static async Task<Exception?> EndAsync(Task call)
    {
        try
        {
            await FarSide.WithinAsync(call);
            return null;
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            throw new TimeoutException("A call of a connection that has ended did not end.");
        }
        catch (Exception error)
        {
            return error;
        }
    }

    public static void AssertTyped(Exception? error)
        => Assert.True(error is null or RemoteException or OperationCanceledException || RemoteFault.Of(error) is not null, $"A call ended with {error}");
}
