using System.Runtime.CompilerServices;
using Runhouse;

namespace RunhouseApp;

// What it needs is said here: [Remote(Gpu = "A100", Memory = "64+")].
[Remote]
public sealed class Counter(int start)
{
    public int Value { get; private set; } = start;

    public async IAsyncEnumerable<int> CountAsync(int steps, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < steps; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            yield return ++Value;
        }
    }
}
