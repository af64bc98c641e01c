// A backup tool: content-defined chunking, deduplication by hash, packed chunks with checksums, and verification of what was stored.
using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Corpus.ArchivePacker;

public sealed record ChunkInfo(string Hash, int Length, int PackedLength);

public sealed record FileEntry(string RelativePath, long Length, DateTimeOffset Modified, UnixFileMode Mode, IReadOnlyList<string> Chunks);

public sealed record PackOptions
{
    public int MinimumChunk { get; init; } = 16 * 1024;

    public int AverageChunk { get; init; } = 64 * 1024;

    public int MaximumChunk { get; init; } = 256 * 1024;

    public CompressionLevel Level { get; init; } = CompressionLevel.Optimal;
}

public sealed record PackReport(int Files, long Bytes, long StoredBytes, int NewChunks, int KnownChunks)
{
    public double Ratio => Bytes == 0 ? 1 : (double)StoredBytes / Bytes;
}

public sealed class CorruptChunkException : IOException
{
    public CorruptChunkException(string message)
        : base(message)
    {
    }

    public string? Hash { get; init; }
}

/// <summary>Gear hashing: a boundary depends on the last 64 bytes only, so that an insertion moves one boundary and not all.</summary>
internal sealed class GearChunker(PackOptions options)
{
    private static readonly ulong[] Gear = MakeGear();

    public IEnumerable<Range> Split(ReadOnlyMemory<byte> data)
    {
        int start = 0;
        while (start < data.Length)
        {
            int length = NextLength(data.Span[start..]);
            yield return start..(start + length);
            start += length;
        }
    }

    private int NextLength(ReadOnlySpan<byte> data)
    {
        if (data.Length <= options.MinimumChunk)
            return data.Length;
        ulong mask = (ulong)options.AverageChunk - 1, hash = 0;
        int limit = Math.Min(data.Length, options.MaximumChunk);
        for (int i = options.MinimumChunk; i < limit; i++)
        {
            hash = (hash << 1) + Gear[data[i]];
            if ((hash & mask) == 0)
                return i + 1;
        }

        return limit;
    }

    private static ulong[] MakeGear()
    {
        var table = new ulong[256];
        ulong state = 0x9E3779B97F4A7C15;
        for (int i = 0; i < table.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            table[i] = state;
        }

        return table;
    }
}

/// <summary>Adler-32 (RFC 1950) and CRC-32 (RFC 1952).</summary>
internal static class Checksums
{
    private static readonly uint[] CrcTable =
    [
        .. Enumerable.Range(0, 256).Select(static n => Enumerable.Range(0, 8).Aggregate((uint)n, static (c, _) => (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1)),
    ];

    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    public static uint Adler32(ReadOnlySpan<byte> data)
    {
        uint a = 1, b = 0;
        foreach (byte value in data)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        return (b << 16) | a;
    }
}

internal sealed class ChunkStore(string folder, CompressionLevel level)
{
    private const int HeaderLength = 8;

    public string PathOf(string hash) => Path.Combine(folder, hash[..2], hash);

    public bool Contains(string hash) => File.Exists(PathOf(hash));

    public async Task<int> WriteAsync(string hash, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        string path = PathOf(hash), temporary = path + "." + Path.GetRandomFileName();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        byte[] packed = Pack(data.Span);
        await File.WriteAllBytesAsync(temporary, packed, cancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.Move(temporary, path, overwrite: true);
        return packed.Length;
    }

    public async Task<byte[]> ReadAsync(string hash, CancellationToken cancellationToken)
    {
        byte[] packed = await File.ReadAllBytesAsync(PathOf(hash), cancellationToken);
        int length = BinaryPrimitives.ReadInt32LittleEndian(packed);
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(4));
        var data = new byte[length];
        if (!BrotliDecoder.TryDecompress(packed.AsSpan(HeaderLength), data, out int written) || written != length || Checksums.Crc32(data) != crc)
            throw new CorruptChunkException($"The chunk {hash} is damaged: restore it from another copy.") { Hash = hash };
        return data;
    }

    private byte[] Pack(ReadOnlySpan<byte> data)
    {
        int quality = level switch { CompressionLevel.Fastest => 1, CompressionLevel.Optimal => 6, CompressionLevel.SmallestSize => 11, _ => 0 };
        byte[] buffer = ArrayPool<byte>.Shared.Rent(HeaderLength + BrotliEncoder.GetMaxCompressedLength(data.Length));
        try
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer, data.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(4), Checksums.Crc32(data));
            return BrotliEncoder.TryCompress(data, buffer.AsSpan(HeaderLength), out int written, quality, window: 20)
                ? buffer[..(HeaderLength + written)]
                : throw new InvalidOperationException("The buffer is too small for the packed chunk.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

[Remote(Cpus = "4+")]
public sealed class Vault
{
    private readonly ChunkStore _store;
    private readonly PackOptions _options;

    /// <param name="folder">Where chunks are kept; null for a folder that lasts as long as the host's temporary files.</param>
    public Vault(string? folder, PackOptions options)
    {
        string root = folder ?? Path.Combine(Path.GetTempPath(), "vault");
        Directory.CreateDirectory(root);
        _store = new ChunkStore(root, options.Level);
        _options = options;
    }

    public Task<IReadOnlyList<string>> MissingAsync(IReadOnlyList<string> hashes)
        => Task.FromResult<IReadOnlyList<string>>([.. hashes.Where(hash => !_store.Contains(hash))]);

    public async Task<IReadOnlyList<ChunkInfo>> StoreAsync(IAsyncEnumerable<byte[]> chunks, CancellationToken cancellationToken = default)
    {
        var stored = new List<ChunkInfo>();
        await foreach (byte[] chunk in chunks.WithCancellation(cancellationToken))
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(chunk));
            stored.Add(new ChunkInfo(hash, chunk.Length, await _store.WriteAsync(hash, chunk, cancellationToken)));
        }

        return stored;
    }

    public async IAsyncEnumerable<byte[]> FetchAsync(IReadOnlyList<string> hashes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (string hash in hashes)
            yield return await _store.ReadAsync(hash, cancellationToken);
    }

    public IReadOnlyList<int> ChunkLengths(byte[] data) => [.. new GearChunker(_options).Split(data).Select(static range => range.End.Value - range.Start.Value)];

    public bool Verify(byte[] data, uint adler) => Checksums.Adler32(data) == adler;
}

public sealed class Backup(PackOptions options)
{
    public async Task<PackReport> RunAsync(string folder, VaultRemote vault, ICollection<FileEntry> catalogue, CancellationToken cancellationToken)
    {
        var chunker = new GearChunker(options);
        var chunks = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        long bytes = 0;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            ReadOnlyMemory<byte> data = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
            var names = new List<string>();
            foreach (Range range in chunker.Split(data))
            {
                ReadOnlyMemory<byte> chunk = data[range];
                names.Add(Convert.ToHexStringLower(SHA256.HashData(chunk.Span)));
                chunks.TryAdd(names[^1], chunk);
            }

            bytes += data.Length;
            UnixFileMode mode = OperatingSystem.IsWindows() ? UnixFileMode.None : ModeOf(file);
            catalogue.Add(new FileEntry(Path.GetRelativePath(folder, file.FullName), data.Length, file.LastWriteTimeUtc, mode, names));
        }

        IReadOnlyList<string> missing = await vault.MissingAsync([.. chunks.Keys], cancellationToken);
        IReadOnlyList<ChunkInfo> stored = await vault.StoreAsync(missing.ToAsyncEnumerable().Select(hash => chunks[hash].ToArray()), cancellationToken);
        return new PackReport(catalogue.Count, bytes, stored.Sum(static chunk => (long)chunk.PackedLength), stored.Count, chunks.Count - stored.Count);
    }

    [UnsupportedOSPlatform("windows")]
    private static UnixFileMode ModeOf(FileInfo file) => file.UnixFileMode;
}
