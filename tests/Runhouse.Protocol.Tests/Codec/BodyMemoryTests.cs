using System.Runtime.CompilerServices;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Tests.Codec;

/// <summary>Alone, because the memory is the process's.</summary>
[Collection(nameof(BodyMemoryTests))]
[CollectionDefinition(nameof(BodyMemoryTests), DisableParallelization = true)]
public class BodyMemoryTests
{
    [Theory]
    [InlineData(2_000_000)]
    [InlineData(BodyMemory.LargestKept)]
    [InlineData(BodyMemory.LargestKept + 1)]
    public void Large_memory_is_used_again(int size)
    {
        byte[] first = BodyMemory.Rent(size);
        BodyMemory.Return(first);
        byte[] second = BodyMemory.Rent(size);
        Assert.Same(first, second);
        Assert.NotSame(first, BodyMemory.Rent(size));
    }

    [Fact]
    public void The_largest_memory_is_the_collector_s()
        => Assert.All(Returned(8, BodyMemory.LargestKept + 1), static one => Assert.False(one.IsAlive));

    [Fact]
    public void Of_large_memory_a_part_stays_until_the_process_needs_none()
    {
        BodyMemory.LetGo();
        List<WeakReference> all = Returned(8, BodyMemory.LargestKept);
        Assert.Equal(BodyMemory.MostKept / BodyMemory.LargestKept, all.Count(static one => one.IsAlive));
        BodyMemory.LetGo();
        GC.Collect();
        Assert.All(all, static one => Assert.False(one.IsAlive));
    }

    [Fact]
    public void A_body_whose_length_is_known_takes_no_more_memory_than_that()
    {
        const int Length = 70_000_000;
        using var buffer = new BodyBuffer { MaxBytes = Length };
        for (int written = 0; written < Length; written += 1_000_000)
        {
            buffer.GetSpan(1_000_000);
            buffer.Advance(1_000_000);
        }

        Assert.Equal(Length, buffer.Capacity);
    }

    /// <summary>Memory that is returned all at once, and what a collection leaves of it.</summary>
    private static List<WeakReference> Returned(int count, int size)
    {
        List<WeakReference> all = RentAndReturn(count, size);
        GC.Collect();
        return all;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> RentAndReturn(int count, int size)
    {
        byte[][] rented = [.. Enumerable.Range(0, count).Select(_ => BodyMemory.Rent(size))];
        foreach (byte[] one in rented)
            BodyMemory.Return(one);
        return [.. rented.Select(static one => new WeakReference(one))];
    }
}
