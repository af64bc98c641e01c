using System.Diagnostics.CodeAnalysis;

namespace Runhouse.Protocol.Tests.Connections;

[SuppressMessage("Reliability", "CA2012", Justification = "That is what is tested.")]
public class ValueTaskUseTests
{
    [Fact]
    public async Task A_ValueTask_that_is_waited_for_says_what_to_do_instead_and_can_still_be_awaited()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        pair.Worker.Holds = true;
        ValueTask<int> call = pair.Methods.EchoAsync(1);
        var error = Assert.Throws<InvalidOperationException>(() => call.Result);
        Assert.Equal("'Tests.Echo' has not answered yet, and its ValueTask does not wait for that: await it, or wait for the Task that AsTask() makes of it.", error.Message);
        await AnswerAsync(pair);
        Assert.Equal(1, await call);
    }

    [Fact]
    public async Task A_ValueTask_that_is_awaited_again_says_what_to_do_instead()
    {
        await using WirePair pair = await WirePair.ConnectAsync();
        ValueTask<int> call = pair.Methods.EchoAsync(1);
        Assert.Equal(1, await call);
        foreach (Func<Task> again in (Func<Task>[])[async () => await call, () => call.AsTask(), () => Task.FromResult(call.Result)])
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(again);
            Assert.Equal("The ValueTask of a remote call is awaited once, and this one has been: take the Task that AsTask() makes of it, and await that as often as you like.", error.Message);
        }

        pair.Worker.Holds = true;
        call = pair.Methods.EchoAsync(2);
        Task<int> first = call.AsTask();
        Assert.Contains("AsTask()", (await Assert.ThrowsAsync<InvalidOperationException>(() => call.AsTask())).Message, StringComparison.Ordinal);
        await AnswerAsync(pair);
        Assert.Equal(2, await first);
    }

    private static async Task AnswerAsync(WirePair pair)
    {
        while (pair.Worker.HeldCount == 0)
            await Task.Yield();
        await pair.Worker.RunHeldAsync();
    }
}
