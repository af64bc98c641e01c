using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Runhouse.Benchmarks.Soak;

/// <summary>
/// Which numbered calls have begun to run: each worker writes them to a file of its own in the caller's folder, past any buffer, so that it also has what
/// ran in a worker that was killed.
/// </summary>
internal sealed class ExecutionLedger : IDisposable
{
    /// <summary>How many calls a caller may make at the most, some hours' worth.</summary>
    public const int Most = 64 << 20;

    private readonly Lock _lock = new();
    private readonly FileStream _file;

    /// <summary>The file of this process, which ends with it.</summary>
    /// <param name="folder">The caller's folder.</param>
    public ExecutionLedger(string folder)
        => _file = new FileStream(Path.Combine(folder, $"{Environment.ProcessId}.{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Says that a call begins to run.</summary>
    /// <param name="number">Its number.</param>
    public void Begin(int number)
    {
        Span<byte> entry = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(entry, number);
        lock (_lock)
            _file.Write(entry);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>How often each call has begun to run.</summary>
    /// <param name="folder">The caller's folder.</param>
    /// <param name="calls">How many calls there were.</param>
    public static int[] Read(string folder, int calls)
    {
        int[] counts = new int[calls];
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            foreach (int number in MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(file)))
                counts[number]++;
        }

        return counts;
    }
}
