using Runhouse;

Console.WriteLine(await Nights.Remote.CleanAsync());

public static class Nights
{
    [Remote(Schedule = "30 2 * * *", TimeZone = "Europe/Vienna")]
    public static Task<int> CleanAsync(CancellationToken cancellationToken = default) => Task.FromResult(1);
}
