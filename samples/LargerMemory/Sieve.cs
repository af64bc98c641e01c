using Runhouse;

namespace LargerMemory;

/// <summary>The sieve of Eratosthenes, which takes a byte for each number.</summary>
internal static class Sieve
{
    [Remote(Memory = "0.25")]
    internal static Task<int> CountPrimesAsync(int below, CancellationToken cancellationToken = default)
    {
        var isComposite = new bool[below];
        int count = 0;
        for (long number = 2; number < below; number++)
        {
            if (isComposite[number])
                continue;
            count++;
            cancellationToken.ThrowIfCancellationRequested();
            for (long multiple = number * number; multiple < below; multiple += number)
                isComposite[multiple] = true;
        }

        return Task.FromResult(count);
    }
}
