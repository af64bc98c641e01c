namespace Runhouse.Integration;

/// <summary>Waits for what another process does in its own time; a test that waits here has nothing to be told by.</summary>
internal static class Eventually
{
    /// <summary>Asks until the answer is yes.</summary>
    public static async Task IsTrueAsync(Func<Task<bool>> question)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await question())
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
