using System.Globalization;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The process of a caller: does what is asked of it line by line, and answers with the figures.</summary>
internal static class PeerClient
{
    /// <summary>Serves until the standard input ends.</summary>
    /// <param name="address">Where the server is, for other callers.</param>
    /// <param name="workloads">What can be asked for.</param>
    public static async Task<int> RunAsync(string address, IWorkloads workloads)
    {
        Console.WriteLine("ready " + address);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split('|');
            Dictionary<string, double> figures = await workloads.RunAsync(
                words[0], int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
            Console.WriteLine("figures|" + string.Join('|', figures.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}={one.Value:R}"))));
        }

        return 0;
    }
}
