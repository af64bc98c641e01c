namespace Runhouse.Benchmarks.Workloads;

/// <summary>The items of streams are numbered from zero on, and readers add the numbers up.</summary>
internal static class Numbers
{
    /// <summary>Checks what a reader has added up.</summary>
    /// <param name="count">How many items the stream has.</param>
    /// <param name="sum">The sum of their numbers.</param>
    /// <exception cref="InvalidOperationException">Other items came.</exception>
    public static void Check(long count, long sum)
    {
        if (sum != count * (count - 1) / 2)
            throw new InvalidOperationException($"The numbers of {count} items add up to {count * (count - 1) / 2}, and to {sum} came.");
    }
}
