using CsCheck;

namespace Runhouse.Protocol.Tests.Connections;

public class InterleavingTests
{
    private enum Kind
    {
        Echo,
        Cancelled,
        Result,
        Left,
        Argument,
        Reports,
        Failing,
    }

    private static readonly WireLimits Small = WireLimits.Default with { MaxFrameBytes = 64 };

    [Fact]
    public void Calls_cancellations_and_streams_in_any_mixture_end_as_each_alone_would()
        => Gen.Select(Gen.Enum<Kind>(), Gen.Int[0, 300]).Array[1, 40].Sample(
            steps => RunAsync(steps).GetAwaiter().GetResult(), iter: 100);

    private static async Task<bool> RunAsync((Kind Kind, int Size)[] steps)
    {
        await using WirePair pair = await WirePair.ConnectAsync(Small);
        bool[] outcomes = await Task.WhenAll(steps.Select(step => Task.Run(() => AsExpectedAsync(pair.Methods, step.Kind, step.Size))));

        // Whatever became of them, the connection serves on and the worker holds on to none.
        bool isAlive = await pair.Methods.EchoAsync(7) == 7;
        while (Volatile.Read(ref pair.Worker.Ended) < Volatile.Read(ref pair.Worker.Begun))
            await Task.Yield();
        return isAlive && outcomes.All(outcome => outcome);
    }

    private static async Task<bool> AsExpectedAsync(TestMethods methods, Kind kind, int size)
    {
        switch (kind)
        {
            case Kind.Echo:
                byte[] body = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
                return (await methods.EchoBytesAsync(body))!.SequenceEqual(body);
            case Kind.Cancelled:
                using (var cancellation = new CancellationTokenSource())
                {
                    Task call = methods.WaitAsync(cancellation.Token).AsTask();
                    for (int i = 0; i < size % 8; i++)
                        await Task.Yield();
                    await cancellation.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
                    return true;
                }

            case Kind.Result or Kind.Left:
                int count = 0;
                await foreach (int item in methods.CountAsync(kind == Kind.Left ? int.MaxValue : size))
                {
                    if (item != count++)
                        return false;
                    if (kind == Kind.Left && count > size)
                        return true;
                }

                return count == size;
            case Kind.Argument:
                return await methods.SumAsync(CountAsync(size)) == size * (size - 1L) / 2;
            case Kind.Reports:
                return await methods.ProgressAsync(size, new Progress<int>()) == size;
            default:
                await Assert.ThrowsAsync<InvalidOperationException>(() => methods.ThrowAsync().AsTask());
                return true;
        }
    }

    private static async IAsyncEnumerable<int> CountAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 10 == 9)
                await Task.Yield();
            yield return i;
        }
    }
}
