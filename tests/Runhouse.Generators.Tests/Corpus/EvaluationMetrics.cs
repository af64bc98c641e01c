// Model evaluation: confusion matrices, calibration, ranking metrics and bootstrap intervals over predictions that arrive as a stream.
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Corpus.EvaluationMetrics;

public readonly record struct Prediction(int Actual, ImmutableArray<float> Scores)
{
    public int Predicted
    {
        get
        {
            int best = 0;
            for (int i = 1; i < Scores.Length; i++)
                best = Scores[i] > Scores[best] ? i : best;
            return best;
        }
    }
}

public sealed record ClassMetrics(string Label, double Precision, double Recall, double F1, int Support);

public readonly record struct Interval(double Low, double Value, double High);

public sealed record CalibrationBin(double MeanConfidence, double Accuracy, int Count);

public sealed record Scorecard(
    ImmutableArray<ClassMetrics> Classes, long[,] Confusion, Interval Accuracy, Interval MacroF1, ImmutableArray<CalibrationBin> Calibration)
{
    public double ExpectedCalibrationError => Calibration.Sum(bin => Math.Abs(bin.MeanConfidence - bin.Accuracy) * bin.Count)
        / Math.Max(Calibration.Sum(static bin => bin.Count), 1);
}

public sealed record RankedList(string Query, IReadOnlyList<string> Returned, IReadOnlyDictionary<string, int> Relevance);

public sealed record RankingScore(double Ndcg, double MeanReciprocalRank, double RecallAt10);

internal sealed class ConfusionMatrix(int classes)
{
    private readonly long[,] _counts = new long[classes, classes];

    public long Total { get; private set; }

    public void Add(int actual, int predicted)
    {
        _counts[actual, predicted]++;
        Total++;
    }

    public double Accuracy => Total == 0 ? 0 : Enumerable.Range(0, classes).Sum(i => _counts[i, i]) / (double)Total;

    public double MacroF1 => Enumerable.Range(0, classes).Average(i => Of(i, "").F1);

    public ClassMetrics Of(int index, string label)
    {
        long hits = _counts[index, index], predicted = 0, actual = 0;
        for (int other = 0; other < classes; other++)
        {
            predicted += _counts[other, index];
            actual += _counts[index, other];
        }

        double precision = Ratio(hits, predicted), recall = Ratio(hits, actual);
        return new ClassMetrics(label, precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), (int)actual);
    }

    public long[,] ToArray() => (long[,])_counts.Clone();

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

internal static class Bootstrap
{
    public static Interval Estimate(IReadOnlyList<Prediction> sample, int classes, int rounds, int seed, Func<ConfusionMatrix, double> statistic)
    {
        double[] values =
        [
            .. ParallelEnumerable.Range(0, rounds).Select(round =>
            {
                var random = new Random(seed + round);
                var matrix = new ConfusionMatrix(classes);
                for (int i = 0; i < sample.Count; i++)
                {
                    Prediction drawn = sample[random.Next(sample.Count)];
                    matrix.Add(drawn.Actual, drawn.Predicted);
                }

                return statistic(matrix);
            }),
        ];
        Array.Sort(values);
        return new Interval(values[(int)(0.025 * rounds)], values[rounds / 2], values[(int)(0.975 * rounds)]);
    }
}

public static class Evaluation
{
    private const int BootstrapRounds = 1000;
    private const int CalibrationBins = 15;

    [Remote(Cpus = "8+")]
    public static async Task<Scorecard> ScoreAsync(
        IAsyncEnumerable<Prediction> predictions, IReadOnlyList<string> labels, int seed, CancellationToken cancellationToken = default)
    {
        var matrix = new ConfusionMatrix(labels.Count);
        var all = new List<Prediction>();
        await foreach (Prediction prediction in predictions.WithCancellation(cancellationToken))
        {
            if ((uint)prediction.Actual >= (uint)labels.Count)
                throw new ArgumentOutOfRangeException(nameof(predictions), prediction.Actual, $"There are {labels.Count} labels.");
            matrix.Add(prediction.Actual, prediction.Predicted);
            all.Add(prediction);
        }

        if (all is [])
            throw new InvalidOperationException("There is nothing to score: the stream of predictions is empty.");
        return new Scorecard(
            [.. labels.Select((label, i) => matrix.Of(i, label))],
            matrix.ToArray(),
            Bootstrap.Estimate(all, labels.Count, BootstrapRounds, seed, static resampled => resampled.Accuracy),
            Bootstrap.Estimate(all, labels.Count, BootstrapRounds, seed, static resampled => resampled.MacroF1),
            Calibrate(all));
    }

    [Remote]
    public static Task<RankingScore> RankAsync(IReadOnlyList<RankedList> lists)
    {
        double ndcg = 0, reciprocal = 0, recall = 0;
        foreach (RankedList list in lists)
        {
            double ideal = Gain(list.Relevance.Values.OrderDescending());
            ndcg += ideal == 0 ? 0 : Gain(list.Returned.Select(id => list.Relevance.GetValueOrDefault(id))) / ideal;
            int first = list.Returned.TakeWhile(id => list.Relevance.GetValueOrDefault(id) == 0).Count();
            reciprocal += first == list.Returned.Count ? 0 : 1.0 / (first + 1);
            int relevant = list.Relevance.Values.Count(static grade => grade > 0);
            recall += relevant == 0 ? 1 : (double)list.Returned.Take(10).Count(id => list.Relevance.GetValueOrDefault(id) > 0) / relevant;
        }

        return Task.FromResult(new RankingScore(ndcg / lists.Count, reciprocal / lists.Count, recall / lists.Count));

        static double Gain(IEnumerable<int> grades) => grades.Index().Sum(static pair => (Math.Pow(2, pair.Item) - 1) / Math.Log2(pair.Index + 2));
    }

    private static ImmutableArray<CalibrationBin> Calibrate(List<Prediction> predictions)
        =>
        [
            .. predictions
                .GroupBy(static prediction => Math.Min((int)(prediction.Scores.Max() * CalibrationBins), CalibrationBins - 1))
                .OrderBy(static bin => bin.Key)
                .Select(static bin => new CalibrationBin(
                    bin.Average(static one => one.Scores.Max()), bin.Average(static one => one.Predicted == one.Actual ? 1.0 : 0.0), bin.Count())),
        ];
}

/// <summary>Compares a new model with the one in production, and says whether it may be released.</summary>
public sealed class ReleaseGate(IReadOnlyList<string> labels, double allowedLoss)
{
    public async Task<bool> PassesAsync(IAsyncEnumerable<Prediction> candidate, IAsyncEnumerable<Prediction> production, CancellationToken cancellationToken)
    {
        Task<Scorecard> candidateTask = Evaluation.ScoreAsync(candidate, labels, seed: 5, cancellationToken);
        Task<Scorecard> productionTask = Evaluation.ScoreAsync(production, labels, seed: 5, cancellationToken);
        Scorecard[] cards = await Task.WhenAll(candidateTask, productionTask);
        if (!TryFindRegression(cards[0], cards[1], out string? regression))
            return true;
        Console.Error.WriteLine(regression);
        return false;
    }

    private bool TryFindRegression(Scorecard candidate, Scorecard production, [NotNullWhen(true)] out string? regression)
    {
        regression = null;
        if (candidate.Accuracy.High < production.Accuracy.Low - allowedLoss)
            regression = $"accuracy fell from {production.Accuracy.Value:P2} to {candidate.Accuracy.Value:P2}";
        foreach ((ClassMetrics now, ClassMetrics before) in candidate.Classes.Zip(production.Classes))
        {
            if (before.Support >= 50 && now.F1 < before.F1 - (2 * allowedLoss))
                regression ??= $"class '{now.Label}' fell from F1 {before.F1:F3} to {now.F1:F3}";
        }

        return regression is not null;
    }
}
