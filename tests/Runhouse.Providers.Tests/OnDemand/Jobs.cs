namespace Runhouse.Providers.OnDemand;

/// <summary>Remote code for leased machines.</summary>
public static class Jobs
{
    /// <summary>The name of the machine that it runs on.</summary>
    [Remote]
    public static string Machine() => Environment.MachineName;

    /// <summary>The same, of a machine that is leased from one provider.</summary>
    [Remote(Provider = "aws", Region = "us-east-2")]
    public static string MachineElsewhere() => Environment.MachineName;

    /// <summary>Runs until it is cancelled.</summary>
    [Remote]
    public static Task RunAsync(CancellationToken cancellationToken = default) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>Waits for the end of one machine, and says what it was told of it; gives the name of another one.</summary>
    [Remote(Idempotent = true, Retries = 5)]
    public static async Task<string> OutliveAsync(string machine)
    {
        if (Environment.MachineName != machine)
            return Environment.MachineName;
        using CancellationTokenRegistration told = RemoteContext.Ending.Register(static () => Console.WriteLine($"ends at {RemoteContext.EndsAt:O}"));
        Console.WriteLine("begun");
        await Task.Delay(Timeout.Infinite);
        return "";
    }
}
