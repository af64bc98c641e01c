namespace Runhouse.Integration.App;

/// <summary>Remote code for callers that do not wait.</summary>
public static class Detached
{
    /// <summary>Says what it does, and goes on once the file is there.</summary>
    [Remote]
    public static async Task<Report> WorkAsync(string title, string go, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        Console.WriteLine($"begins {title}");
        for (int i = 1; i <= 3; i++)
            progress?.Report(i);
        while (!File.Exists(go))
            await Task.Delay(20, cancellationToken);
        Console.WriteLine($"ends {title}");
        return new Report(title, 12.5m, null);
    }

    /// <summary>The same, but it may run twice; each run leaves a line in the file.</summary>
    [Remote(Idempotent = true)]
    public static async Task<int> AgainAsync(string runs, string go, CancellationToken cancellationToken = default)
    {
        await File.AppendAllTextAsync(runs, "run\n", cancellationToken);
        while (!File.Exists(go))
            await Task.Delay(20, cancellationToken);
        return (await File.ReadAllLinesAsync(runs, cancellationToken)).Length;
    }

    [Remote]
    public static Task<byte[]> LargeAsync(byte[] bytes) => Task.FromResult((byte[])[.. bytes.Reverse()]);
}
