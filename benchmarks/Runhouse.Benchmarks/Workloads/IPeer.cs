namespace Runhouse.Benchmarks.Workloads;

/// <summary>A way to make remote calls, connected to a server in another process.</summary>
/// <typeparam name="TOrder">The record of ten fields as this way likes it declared.</typeparam>
internal interface IPeer<TOrder> : IConnection
{
    /// <summary>A record of about a kilobyte.</summary>
    TOrder Sample { get; }

    /// <summary>Sends a record there and back.</summary>
    ValueTask<TOrder> OrderAsync(TOrder order);

    /// <summary>Sends an array there and back.</summary>
    ValueTask<float[]> ArrayAsync(float[] values);

    /// <summary>Reads a stream of the integers from zero on; their sum.</summary>
    Task<long> ReadNumbersAsync(int count);

    /// <summary>Reads a stream of records with ids from zero on; the sum of the ids.</summary>
    Task<long> ReadRecordsAsync(int count);

    /// <summary>Reads a stream of blocks of 64 KiB with numbers from zero on; the sum of the numbers.</summary>
    Task<long> ReadBlocksAsync(int count);

    /// <summary>How many bytes the server's process has allocated so far.</summary>
    /// <param name="release">Whether it first releases the memory that it can.</param>
    ValueTask<long> AllocatedAsync(bool release);
}
