using System.IO.MemoryMappedFiles;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>A ring of blocks in memory that two processes share. Each end looks until it can go on, as the product's do.</summary>
internal sealed unsafe class SharedBlocks : IDisposable
{
    // Fits a core's own cache beside what goes in and out.
    private const int Blocks = 8;
    private const int HeadBytes = 4096;
    private const int LineBytes = 128;
    private const int SpinsBetweenLooks = 10;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private long _written;
    private long _read;

    private SharedBlocks(string path)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, HeadBytes + ((long)Blocks * Block.Length), MemoryMappedFileAccess.ReadWrite);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>The file that leads to the memory.</summary>
    public string Path { get; }

    private ref long Written => ref *(long*)_start;

    private ref long Taken => ref *(long*)(_start + LineBytes);

    /// <summary>New memory.</summary>
    public static SharedBlocks Create()
    {
        const string InMemory = "/dev/shm";
        string folder = Directory.Exists(InMemory) ? InMemory : System.IO.Path.GetTempPath();
        string path = System.IO.Path.Combine(folder, $"rhb-blocks-{Environment.ProcessId}");
        using (FileStream file = File.Create(path))
            file.SetLength(HeadBytes + (Blocks * Block.Length));
        return new SharedBlocks(path);
    }

    /// <summary>The memory that another process made.</summary>
    /// <param name="path">Its file.</param>
    public static SharedBlocks Open(string path) => new(path);

    /// <summary>Writes a block.</summary>
    public void Write(ReadOnlySpan<byte> block)
    {
        while (_written - Volatile.Read(ref Taken) == Blocks)
            Thread.SpinWait(SpinsBetweenLooks);
        block.CopyTo(Place(_written));
        Volatile.Write(ref Written, ++_written);
    }

    /// <summary>Reads a block into an array of its own.</summary>
    public byte[] Read()
    {
        while (Volatile.Read(ref Written) == _read)
            Thread.SpinWait(SpinsBetweenLooks);
        byte[] block = Place(_read).ToArray();
        Volatile.Write(ref Taken, ++_read);
        return block;
    }

    /// <summary>Both ends have it: it needs no name any more, which a process that is killed would leave behind.</summary>
    public void Unname() => File.Delete(Path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private Span<byte> Place(long number) => new(_start + HeadBytes + (number % Blocks * Block.Length), Block.Length);
}
