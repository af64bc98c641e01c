using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Calls of every kind, in flight on one connection: begun in the same order, so that their numbers are the same each time.</summary>
internal static class Workload
{
    /// <summary>Begins the calls.</summary>
    /// <param name="client">The caller's side.</param>
    /// <param name="giveUp">Cancels the last one, which would wait for ever.</param>
    public static List<Task> Begin(ClientConnection client, CancellationTokenSource giveUp)
    {
        var methods = new TestMethods(client, new CallSettings(null, true), FuzzedSides.Limits);
        return
        [
            methods.EchoAsync(1).AsTask(),
            methods.EchoBytesAsync(new byte[1000]).AsTask(),
            methods.SumAsync(CountAsync()).AsTask(),
            methods.ProgressAsync(3, new Reports()).AsTask(),
            methods.ConstructAsync().AsTask(),
            TakeAsync(methods.DoubledAsync(CountAsync())),
            TakeAsync(methods.CountAsync(100)),
            TakeAsync(methods.BlocksAsync(10, 600, 0)),
            methods.ThrowAsync().AsTask(),
            methods.SayAsync(3).AsTask(),
            UseAsync(methods),
            methods.WaitAsync(giveUp.Token).AsTask(),
        ];
    }

    private static async IAsyncEnumerable<int> CountAsync()
    {
        for (int i = 0; i < 100; i++)
        {
            if (i % 10 == 9)
                await Task.Yield();
            yield return i;
        }
    }

    private static async Task TakeAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T _ in items)
        {
        }
    }

    private static async Task UseAsync(TestMethods methods)
    {
        await using RemoteRef<int>? kept = await methods.KeepAsync(5);
        if (kept is not null)
            await methods.UseAsync(kept);
    }

    private sealed class Reports : IProgress<int>
    {
        public void Report(int value)
        {
        }
    }
}
