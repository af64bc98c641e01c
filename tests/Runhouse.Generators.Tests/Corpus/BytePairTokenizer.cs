// A tokenizer for a small language model: byte pair encoding trained on a corpus of files, then used from any number of callers.
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Corpus.BytePairTokenizer;

public readonly record struct Merge(int Left, int Right, int Result);

public sealed record Vocabulary(IReadOnlyList<Merge> Merges, IReadOnlyDictionary<string, int> Special)
{
    public int Size => 256 + Merges.Count + Special.Count;
}

public sealed record TrainingProgress(int Merges, string Newest, long Occurrences);

public sealed class UnknownTokenException(int token) : Exception($"The vocabulary has no token {token}.")
{
    public int Token { get; } = token;
}

internal static partial class Pretokenizer
{
    /// <summary>Words with their leading space, numbers, punctuation: the pattern of GPT-2.</summary>
    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pieces();

    public static IEnumerable<string> Split(string text)
    {
        for (Match match = Pieces().Match(text); match.Success; match = match.NextMatch())
            yield return match.Value;
    }
}

internal sealed class Word(int[] symbols, long count)
{
    private int[] _symbols = symbols;

    public long Count { get; } = count;

    public ReadOnlySpan<int> Symbols => _symbols;

    public bool Replace(Merge merge)
    {
        int[] replaced = ArrayPool<int>.Shared.Rent(_symbols.Length);
        try
        {
            int length = 0;
            for (int i = 0; i < _symbols.Length; i++)
            {
                bool isPair = i + 1 < _symbols.Length && _symbols[i] == merge.Left && _symbols[i + 1] == merge.Right;
                replaced[length++] = isPair ? merge.Result : _symbols[i];
                i += isPair ? 1 : 0;
            }

            if (length == _symbols.Length)
                return false;
            _symbols = replaced.AsSpan(0, length).ToArray();
            return true;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(replaced);
        }
    }
}

[Remote(Cpus = "4+", Memory = "32+")]
public sealed class TokenizerTrainer(int vocabularySize, IReadOnlyList<string> specialTokens)
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<Merge> _merges = [];

    public int DistinctWords => _counts.Count;

    public async Task<long> CountAsync(IAsyncEnumerable<string> documents, CancellationToken cancellationToken = default)
    {
        long words = 0;
        await foreach (string document in documents.WithCancellation(cancellationToken))
        {
            foreach (string piece in Pretokenizer.Split(document))
            {
                _counts[piece] = _counts.GetValueOrDefault(piece) + 1;
                words++;
            }
        }

        return words;
    }

    public async IAsyncEnumerable<TrainingProgress> TrainAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<Word> words = [.. _counts.Select(static pair => new Word([.. Encoding.UTF8.GetBytes(pair.Key).Select(static b => (int)b)], pair.Value))];
        int wanted = vocabularySize - 256 - specialTokens.Count;
        while (_merges.Count < wanted)
        {
            (Merge merge, long occurrences) = await Task.Run(() => MostFrequent(words), cancellationToken);
            if (occurrences < 2)
                yield break;
            _merges.Add(merge);
            foreach (Word word in words)
                word.Replace(merge);
            if (_merges.Count % 100 == 0)
                yield return new TrainingProgress(_merges.Count, new Codec(Export()).Decode([merge.Result]), occurrences);
        }
    }

    public Vocabulary Export() => new(
        [.. _merges], specialTokens.Index().ToDictionary(static pair => pair.Item, pair => 256 + _merges.Count + pair.Index, StringComparer.Ordinal));

    private (Merge Merge, long Occurrences) MostFrequent(List<Word> words)
    {
        var pairs = new Dictionary<(int Left, int Right), long>();
        foreach (Word word in words)
        {
            ReadOnlySpan<int> symbols = word.Symbols;
            for (int i = 1; i < symbols.Length; i++)
            {
                var pair = (symbols[i - 1], symbols[i]);
                pairs[pair] = pairs.GetValueOrDefault(pair) + word.Count;
            }
        }

        if (pairs.Count == 0)
            return (default, 0);
        ((int left, int right), long count) = pairs.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key).First();
        return (new Merge(left, right, 256 + _merges.Count), count);
    }
}

/// <summary>Encodes and decodes with a trained vocabulary; plain local code.</summary>
public sealed class Codec
{
    private readonly Dictionary<(int, int), int> _ranks = [];
    private readonly Dictionary<int, byte[]> _bytes = [];
    private readonly Vocabulary _vocabulary;

    public Codec(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        for (int i = 0; i < 256; i++)
            _bytes[i] = [(byte)i];
        foreach (Merge merge in vocabulary.Merges)
        {
            _ranks[(merge.Left, merge.Right)] = merge.Result;
            _bytes[merge.Result] = [.. _bytes[merge.Left], .. _bytes[merge.Right]];
        }

        foreach ((string text, int id) in vocabulary.Special)
            _bytes[id] = Encoding.UTF8.GetBytes(text);
    }

    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 3);
        foreach (string piece in Pretokenizer.Split(text))
        {
            if (_vocabulary.Special.TryGetValue(piece, out int special))
                tokens.Add(special);
            else
                EncodePiece(Encoding.UTF8.GetBytes(piece), tokens);
        }

        return [.. tokens];
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (int token in tokens)
            bytes.Write(_bytes.TryGetValue(token, out byte[]? piece) ? piece : throw new UnknownTokenException(token));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private void EncodePiece(byte[] bytes, List<int> tokens)
    {
        List<int> symbols = [.. bytes];
        while (symbols.Count > 1)
        {
            int at = -1, lowest = int.MaxValue;
            for (int i = 1; i < symbols.Count; i++)
            {
                if (_ranks.TryGetValue((symbols[i - 1], symbols[i]), out int rank) && rank < lowest)
                    (at, lowest) = (i - 1, rank);
            }

            if (at < 0)
                break;
            symbols[at] = lowest;
            symbols.RemoveAt(at + 1);
        }

        tokens.AddRange(symbols);
    }
}

public static class TrainTokenizer
{
    public static async Task<Vocabulary> FromFolderAsync(string folder, int size, CancellationToken cancellationToken)
    {
        await using TokenizerTrainerRemote trainer = await TokenizerTrainer.RemoteAsync(size, ["<|endoftext|>", "<|user|>", "<|assistant|>"]);
        long words = await trainer.CountAsync(DocumentsAsync(folder, cancellationToken), cancellationToken);
        Console.WriteLine($"{words:N0} words, {await trainer.GetDistinctWordsAsync(cancellationToken):N0} different ones");
        await foreach (TrainingProgress progress in trainer.TrainAsync(cancellationToken))
            Console.WriteLine($"{progress.Merges,6} {progress.Occurrences,10} '{progress.Newest}'");
        return await trainer.ExportAsync(cancellationToken);
    }

    private static async IAsyncEnumerable<string> DocumentsAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories))
            yield return await File.ReadAllTextAsync(file, cancellationToken);
    }
}
