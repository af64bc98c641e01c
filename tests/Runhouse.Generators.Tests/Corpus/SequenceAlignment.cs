// A virology lab's reads: affine-gap local alignment, k-mer seeding against a reference genome, and variant calls with a pileup.
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;

namespace Corpus.SequenceAlignment;

public sealed record Read(string Name, string Bases, string Qualities);

public sealed record Scoring(int Match = 2, int Mismatch = -3, int GapOpen = -5, int GapExtend = -2);

public sealed record Alignment(string Read, int Position, int Score, string Cigar, bool IsReverse);

public enum VariantKind
{
    Substitution,
    Insertion,
    Deletion,
}

public sealed record Variant(int Position, VariantKind Kind, string Reference, string Alternative, int Depth, double Frequency);

public sealed class SequenceFormatException(string message) : FormatException(message);

internal static class Dna
{
    public static int Code(char nucleotide) => nucleotide switch
    {
        'A' or 'a' => 0,
        'C' or 'c' => 1,
        'G' or 'g' => 2,
        'T' or 't' or 'U' or 'u' => 3,
        _ => -1,
    };

    public static string ReverseComplement(string bases) => string.Create(bases.Length, bases, static (target, source) =>
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = source[^(i + 1)] switch
            {
                'A' => 'T',
                'C' => 'G',
                'G' => 'C',
                'T' => 'A',
                var other => other,
            };
        }
    });
}

/// <summary>Where each stretch of k bases occurs in the reference.</summary>
internal sealed class KmerIndex
{
    private readonly Dictionary<ulong, List<int>> _positions = [];
    private readonly int _k;

    public KmerIndex(string reference, int k)
    {
        _k = k;
        foreach ((ulong kmer, int position) in Kmers(reference))
        {
            if (!_positions.TryGetValue(kmer, out List<int>? positions))
                _positions.Add(kmer, positions = []);
            positions.Add(position);
        }
    }

    /// <summary>The diagonal on which most seeds of a read lie; null when fewer than two agree.</summary>
    public int? BestDiagonal(string read)
    {
        var votes = new Dictionary<int, int>();
        foreach ((ulong kmer, int offset) in Kmers(read))
        {
            if (!_positions.TryGetValue(kmer, out List<int>? positions) || positions.Count > 50)
                continue;
            foreach (int position in positions)
            {
                int diagonal = (position - offset) / 8;
                votes[diagonal] = votes.GetValueOrDefault(diagonal) + 1;
            }
        }

        return votes.Count == 0 || votes.MaxBy(static pair => pair.Value) is not { Value: >= 2 } best ? null : best.Key * 8;
    }

    private IEnumerable<(ulong Kmer, int Position)> Kmers(string bases)
    {
        ulong kmer = 0, mask = (1UL << (2 * _k)) - 1;
        int valid = 0;
        for (int i = 0; i < bases.Length; i++)
        {
            int code = Dna.Code(bases[i]);
            valid = code < 0 ? 0 : valid + 1;
            kmer = ((kmer << 2) | (uint)Math.Max(code, 0)) & mask;
            if (valid >= _k)
                yield return (kmer, i - _k + 1);
        }
    }
}

/// <summary>Gotoh's algorithm: Smith-Waterman with affine gaps.</summary>
internal sealed class LocalAligner(Scoring scoring)
{
    private const int Low = int.MinValue / 2;

    public (int Score, int Start, string Cigar) Align(ReadOnlySpan<char> read, ReadOnlySpan<char> reference)
    {
        int columns = reference.Length + 1;
        int[] best = new int[columns], gap = new int[columns];
        Array.Fill(gap, Low);
        byte[,] trace = new byte[read.Length + 1, columns];
        (int Score, int Row, int Column) top = (0, 0, 0);
        for (int i = 1; i <= read.Length; i++)
        {
            int diagonal = best[0], horizontal = Low;
            for (int j = 1; j < columns; j++)
            {
                gap[j] = Math.Max(gap[j] + scoring.GapExtend, best[j] + scoring.GapOpen);
                horizontal = Math.Max(horizontal + scoring.GapExtend, best[j - 1] + scoring.GapOpen);
                int matched = diagonal + (read[i - 1] == reference[j - 1] ? scoring.Match : scoring.Mismatch);
                diagonal = best[j];
                best[j] = Math.Max(Math.Max(0, matched), Math.Max(gap[j], horizontal));
                trace[i, j] = best[j] == 0 ? (byte)0 : best[j] == matched ? (byte)1 : best[j] == gap[j] ? (byte)2 : (byte)3;
                if (best[j] > top.Score)
                    top = (best[j], i, j);
            }
        }

        return Backtrack(trace, top, read.Length);
    }

    private static (int Score, int Start, string Cigar) Backtrack(byte[,] trace, (int Score, int Row, int Column) top, int length)
    {
        var operations = new Stack<(int Count, char Kind)>();
        Add(length - top.Row, 'S');
        (int i, int j) = (top.Row, top.Column);
        while (trace[i, j] != 0)
        {
            switch (trace[i, j])
            {
                case 1:
                    Add(1, 'M');
                    (i, j) = (i - 1, j - 1);
                    break;
                case 2:
                    Add(1, 'I');
                    i--;
                    break;
                default:
                    Add(1, 'D');
                    j--;
                    break;
            }
        }

        Add(i, 'S');
        return (top.Score, j, string.Concat(operations.Select(static operation => $"{operation.Count}{operation.Kind}")));

        void Add(int count, char kind)
        {
            if (count == 0)
                return;
            if (operations.TryPeek(out var last) && last.Kind == kind)
                operations.Push((operations.Pop().Count + count, kind));
            else
                operations.Push((count, kind));
        }
    }
}

[Remote(Cpus = "32+", Memory = "64+")]
public sealed class ReadMapper(string reference, Scoring scoring, int k = 15)
{
    private const int Margin = 24;

    private readonly KmerIndex _index = new(reference, k);
    private readonly ConcurrentDictionary<(int Position, string Bases), int> _pileup = new();
    private readonly int[] _depth = new int[reference.Length];
    private long _mapped;

    public long Mapped => Interlocked.Read(ref _mapped);

    public async IAsyncEnumerable<Alignment> MapAsync(IAsyncEnumerable<Read> reads, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (Read[] batch in reads.Chunk(512).WithCancellation(cancellationToken))
        {
            Alignment?[] aligned = await Task.Run(() => batch.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(Map).ToArray(), cancellationToken);
            foreach (Alignment alignment in aligned.OfType<Alignment>())
                yield return alignment;
        }
    }

    public IReadOnlyList<Variant> CallVariants(int minimumDepth, double minimumFrequency) =>
    [
        .. _pileup
            .Where(pair => _depth[pair.Key.Position] >= minimumDepth)
            .Select(pair => new Variant(
                pair.Key.Position + 1,
                VariantKind.Substitution,
                reference.Substring(pair.Key.Position, 1),
                pair.Key.Bases,
                _depth[pair.Key.Position],
                (double)pair.Value / _depth[pair.Key.Position]))
            .Where(variant => variant.Frequency >= minimumFrequency && variant.Reference != variant.Alternative)
            .OrderBy(static variant => variant.Position),
    ];

    private Alignment? Map(Read read)
    {
        Alignment? forward = MapStrand(read, read.Bases, isReverse: false), backward = MapStrand(read, Dna.ReverseComplement(read.Bases), isReverse: true);
        Alignment? best = (forward?.Score ?? 0) >= (backward?.Score ?? 0) ? forward : backward;
        if (best is null)
            return null;
        Interlocked.Increment(ref _mapped);
        Pile(best, best.IsReverse ? Dna.ReverseComplement(read.Bases) : read.Bases);
        return best;
    }

    private Alignment? MapStrand(Read read, string bases, bool isReverse)
    {
        if (_index.BestDiagonal(bases) is not { } diagonal)
            return null;
        int from = Math.Clamp(diagonal - Margin, 0, reference.Length), to = Math.Clamp(diagonal + bases.Length + Margin, from, reference.Length);
        (int score, int start, string cigar) = new LocalAligner(scoring).Align(bases, reference.AsSpan(from, to - from));
        return score < bases.Length ? null : new Alignment(read.Name, from + start, score, cigar, isReverse);
    }

    private void Pile(Alignment alignment, string bases)
    {
        int inReference = alignment.Position, inRead = 0, count = 0;
        foreach (char c in alignment.Cigar)
        {
            if (char.IsAsciiDigit(c))
            {
                count = (count * 10) + (c - '0');
                continue;
            }

            for (int i = 0; c == 'M' && i < count; i++)
            {
                Interlocked.Increment(ref _depth[inReference + i]);
                _pileup.AddOrUpdate((inReference + i, bases.Substring(inRead + i, 1)), 1, static (_, votes) => votes + 1);
            }

            inReference += c is 'M' or 'D' ? count : 0;
            inRead += c is 'M' or 'I' or 'S' ? count : 0;
            count = 0;
        }
    }
}

public static class FastqFile
{
    public static async IAsyncEnumerable<Read> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(path, Encoding.ASCII);
        while (await reader.ReadLineAsync(cancellationToken) is { } name)
        {
            string bases = await reader.ReadLineAsync(cancellationToken) ?? "";
            string separator = await reader.ReadLineAsync(cancellationToken) ?? "";
            string qualities = await reader.ReadLineAsync(cancellationToken) ?? "";
            if (!name.StartsWith('@') || !separator.StartsWith('+') || bases.Length != qualities.Length)
                throw new SequenceFormatException($"'{name}' in {path} is no FASTQ record.");
            yield return new Read(name[1..], bases, qualities);
        }
    }
}

public static class VariantReport
{
    public static async Task<IReadOnlyList<Variant>> RunAsync(string reference, string reads, CancellationToken cancellationToken)
    {
        await using ReadMapperRemote mapper = await ReadMapper.RemoteAsync(reference, new Scoring(), k: 17);
        int reverse = 0;
        await foreach (Alignment alignment in mapper.MapAsync(FastqFile.ReadAsync(reads, cancellationToken), cancellationToken))
            reverse += alignment.IsReverse ? 1 : 0;
        Console.WriteLine($"{await mapper.GetMappedAsync(cancellationToken):N0} reads mapped, {reverse:N0} of them to the reverse strand");
        return await mapper.CallVariantsAsync(minimumDepth: 20, minimumFrequency: 0.05, cancellationToken);
    }
}
