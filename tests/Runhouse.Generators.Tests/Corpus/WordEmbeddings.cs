// Word embeddings for a shop's search: skip-gram with negative sampling on all cores, neighbours and analogies asked of the trained object.
using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Corpus.WordEmbeddings;

public sealed record EmbeddingOptions
{
    public int Dimensions { get; init; } = 128;

    public int Window { get; init; } = 5;

    public int NegativeSamples { get; init; } = 8;

    public int MinimumCount { get; init; } = 5;

    public float LearningRate { get; init; } = 0.025f;

    public int Seed { get; init; } = 1;
}

public readonly record struct Neighbour(string Word, float Similarity);

public sealed record TrainingReport(int Epoch, long Pairs, double Loss);

public class EmbeddingException : Exception
{
    public EmbeddingException(string message)
        : base(message)
    {
    }
}

public sealed class WordNotKnownException(string message) : EmbeddingException(message);

/// <summary>Draws words by their frequency to the power of 3/4, by Vose's alias method.</summary>
internal sealed class AliasSampler
{
    private readonly double[] _probability;
    private readonly int[] _alias;

    public AliasSampler(IReadOnlyList<double> weights)
    {
        int n = weights.Count;
        double mean = weights.Average();
        _probability = new double[n];
        _alias = new int[n];
        double[] scaled = [.. weights.Select(weight => weight / mean)];
        var small = new Stack<int>(Enumerable.Range(0, n).Where(i => scaled[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, n).Where(i => scaled[i] >= 1));
        while (small.TryPop(out int less))
        {
            if (!large.TryPop(out int more))
            {
                _probability[less] = 1;
                continue;
            }

            _probability[less] = scaled[less];
            _alias[less] = more;
            scaled[more] += scaled[less] - 1;
            (scaled[more] < 1 ? small : large).Push(more);
        }

        foreach (int rest in large)
            _probability[rest] = 1;
    }

    public int Draw(Random random)
    {
        int column = random.Next(_probability.Length);
        return random.NextDouble() < _probability[column] ? column : _alias[column];
    }
}

[Remote(Cpus = "16+", Memory = "64+")]
public sealed class EmbeddingTrainer : IDisposable
{
    private readonly EmbeddingOptions _options;
    private readonly Dictionary<string, int> _ids;
    private readonly string[] _words;
    private readonly int[][] _sentences;
    private readonly AliasSampler _sampler;
    private readonly float[] _input;
    private readonly float[] _output;
    private readonly ThreadLocal<float[]> _gradients;
    private int _epoch;

    public EmbeddingTrainer(IReadOnlyList<string> sentences, EmbeddingOptions options)
    {
        _options = options;
        List<(string Word, int Count)> kept =
        [
            .. sentences.AsParallel()
                .SelectMany(Words)
                .GroupBy(static word => word, StringComparer.Ordinal)
                .Select(static group => (group.Key, Count: group.Count()))
                .Where(pair => pair.Count >= options.MinimumCount),
        ];
        if (kept.Count < 2)
            throw new EmbeddingException($"Fewer than two words occur {options.MinimumCount} times: give more text.");
        kept.Sort(static (a, b) => b.Count != a.Count ? b.Count.CompareTo(a.Count) : string.CompareOrdinal(a.Word, b.Word));
        _words = [.. kept.Select(static pair => pair.Word)];
        _ids = _words.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);
        _sampler = new AliasSampler([.. kept.Select(static pair => Math.Pow(pair.Count, 0.75))]);
        _sentences = [.. sentences.Select(sentence => Words(sentence).Where(_ids.ContainsKey).Select(word => _ids[word]).ToArray())];
        var random = new Random(options.Seed);
        _input = [.. Enumerable.Range(0, _words.Length * options.Dimensions).Select(_ => (random.NextSingle() - 0.5f) / options.Dimensions)];
        _output = new float[_input.Length];
        _gradients = new ThreadLocal<float[]>(() => new float[options.Dimensions]);
    }

    public int VocabularySize => _words.Length;

    public async Task<TrainingReport> TrainEpochAsync(CancellationToken cancellationToken = default)
    {
        _epoch++;
        var losses = new ConcurrentBag<(long Pairs, double Loss)>();
        float rate = _options.LearningRate / _epoch;
        await Parallel.ForEachAsync(_sentences.Chunk(1000).Index(), cancellationToken, (chunk, token) =>
        {
            token.ThrowIfCancellationRequested();
            losses.Add(TrainOn(chunk.Item, rate, new Random(HashCode.Combine(_options.Seed, _epoch, chunk.Index))));
            return ValueTask.CompletedTask;
        });
        long pairs = losses.Sum(static one => one.Pairs);
        return new TrainingReport(_epoch, pairs, losses.Sum(static one => one.Loss) / Math.Max(pairs, 1));
    }

    public IReadOnlyList<Neighbour> Nearest(string word, int count)
        => Rank(Vector(Find(word)), count, except: [word]);

    /// <summary>What is to <paramref name="third"/> as <paramref name="second"/> is to <paramref name="first"/>.</summary>
    public IReadOnlyList<Neighbour> Analogy(string first, string second, string third, int count)
    {
        var wanted = new float[_options.Dimensions];
        ReadOnlySpan<float> a = Vector(Find(first)), b = Vector(Find(second)), c = Vector(Find(third));
        for (int i = 0; i < wanted.Length; i++)
            wanted[i] = b[i] - a[i] + c[i];
        return Rank(wanted, count, except: [first, second, third]);
    }

    public ReadOnlyMemory<float> VectorOf(string word) => Vector(Find(word)).ToArray();

    public void Dispose() => _gradients.Dispose();

    private (long Pairs, double Loss) TrainOn(int[][] sentences, float rate, Random random)
    {
        long pairs = 0;
        double loss = 0;
        float[] gradient = _gradients.Value!;
        foreach (int[] sentence in sentences)
        {
            for (int centre = 0; centre < sentence.Length; centre++)
            {
                int window = random.Next(1, _options.Window + 1);
                for (int at = Math.Max(0, centre - window); at <= Math.Min(sentence.Length - 1, centre + window); at++)
                {
                    if (at == centre)
                        continue;
                    Array.Clear(gradient);
                    loss += Update(sentence[centre], sentence[at], label: 1, rate, gradient);
                    for (int i = 0; i < _options.NegativeSamples; i++)
                        loss += Update(sentence[centre], _sampler.Draw(random), label: 0, rate, gradient);
                    Span<float> vector = Vector(sentence[centre]);
                    for (int i = 0; i < gradient.Length; i++)
                        vector[i] += gradient[i];
                    pairs++;
                }
            }
        }

        return (pairs, loss);
    }

    private double Update(int centre, int context, int label, float rate, float[] gradient)
    {
        Span<float> input = Vector(centre);
        Span<float> output = _output.AsSpan(context * _options.Dimensions, _options.Dimensions);
        float score = 1 / (1 + MathF.Exp(-Dot(input, output)));
        float step = rate * (label - score);
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] += step * output[i];
            output[i] += step * input[i];
        }

        return -Math.Log(Math.Max(label == 1 ? score : 1 - score, 1e-9));
    }

    private IReadOnlyList<Neighbour> Rank(ReadOnlySpan<float> wanted, int count, string[] except)
    {
        float length = MathF.Sqrt(Dot(wanted, wanted));
        var best = new PriorityQueue<string, float>();
        foreach ((int id, string word) in _words.Index())
        {
            if (except.Contains(word))
                continue;
            ReadOnlySpan<float> vector = Vector(id);
            float similarity = Dot(vector, wanted) / (length * MathF.Sqrt(Dot(vector, vector)));
            if (best.Count < count)
                best.Enqueue(word, similarity);
            else
                best.EnqueueDequeue(word, similarity);
        }

        var neighbours = new List<Neighbour>(count);
        while (best.TryDequeue(out string? word, out float similarity))
            neighbours.Add(new Neighbour(word, similarity));
        neighbours.Reverse();
        return neighbours;
    }

    private int Find(string word)
        => _ids.TryGetValue(word, out int id) ? id : throw new WordNotKnownException($"'{word}' occurs fewer than {_options.MinimumCount} times in the text.");

    private Span<float> Vector(int id) => _input.AsSpan(id * _options.Dimensions, _options.Dimensions);

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> left = MemoryMarshal.Cast<float, Vector<float>>(a), right = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sum = Vector<float>.Zero;
        for (int i = 0; i < left.Length; i++)
            sum += left[i] * right[i];
        float total = System.Numerics.Vector.Sum(sum);
        for (int i = left.Length * Vector<float>.Count; i < a.Length; i++)
            total += a[i] * b[i];
        return total;
    }

    private static IEnumerable<string> Words(string sentence)
    {
        var word = new StringBuilder();
        foreach (Rune rune in sentence.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
            yield return word.ToString();
    }
}

public static class SynonymFinder
{
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<Neighbour>>> FindAsync(
        IReadOnlyList<string> productTexts, IReadOnlyList<string> queries, CancellationToken cancellationToken)
    {
        await using EmbeddingTrainerRemote trainer = await EmbeddingTrainer.RemoteAsync(productTexts, new EmbeddingOptions { Dimensions = 96 });
        TrainingReport report = await trainer.TrainEpochAsync(cancellationToken);
        Console.WriteLine($"{report.Pairs:N0} pairs, loss {report.Loss:F3}");
        var found = await Task.WhenAll(queries.Select(async query =>
        {
            try
            {
                return (Query: query, Neighbours: await trainer.NearestAsync(query, 5, cancellationToken));
            }
            catch (WordNotKnownException)
            {
                return (Query: query, Neighbours: (IReadOnlyList<Neighbour>)[]);
            }
        }));
        return found.ToDictionary(static pair => pair.Query, static pair => pair.Neighbours);
    }
}
