using System.Diagnostics;
using System.Globalization;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The caller whose start is timed: one call, then the time since its process started.</summary>
internal static class StartTime
{
    private const string Beginning = "started ";

    /// <summary>Makes the call, and says how long this process has run then.</summary>
    /// <param name="add">The small call.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> ReportAsync(Func<int, int, ValueTask<int>> add)
    {
        int sum = await add(1, 2);
        TimeSpan elapsed = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Beginning}{elapsed.TotalMilliseconds:R}"));
        return sum == 3 ? 0 : 1;
    }

    /// <summary>Starts such a caller; its time in milliseconds.</summary>
    /// <param name="start">How it is started.</param>
    public static async Task<double> MeasureAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        using Process caller = Process.Start(start)!;
        string output = await caller.StandardOutput.ReadToEndAsync();
        await caller.WaitForExitAsync();
        string? line = output.Split('\n').FirstOrDefault(static line => line.StartsWith(Beginning, StringComparison.Ordinal));
        return caller.ExitCode == 0 && line is not null
            ? double.Parse(line[Beginning.Length..], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"The caller '{string.Join(' ', start.ArgumentList)}' ended with {caller.ExitCode}: {output}");
    }
}
