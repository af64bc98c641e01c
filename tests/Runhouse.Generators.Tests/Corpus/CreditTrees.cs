// Credit scoring: gradient boosted regression trees on histograms; the trained ensemble comes back as plain data and scores locally.
using System.Globalization;

namespace Corpus.CreditTrees;

public sealed record Applicants(string[] Columns, float[,] Values, bool[] Defaulted)
{
    public int Rows => Values.GetLength(0);
}

public sealed record BoostingOptions(int Trees = 200, int MaximumDepth = 5, double LearningRate = 0.08, int MinimumLeaf = 20, double Lambda = 1, double Subsample = 0.8);

/// <summary>A node: a leaf has a value and no branches.</summary>
public sealed record TreeNode(int Feature, float Threshold, double Value, TreeNode? Left = null, TreeNode? Right = null)
{
    public bool IsLeaf => Left is null || Right is null;

    public int Leaves => IsLeaf ? 1 : Left!.Leaves + Right!.Leaves;

    public double Predict(ReadOnlySpan<float> row) => IsLeaf ? Value : (row[Feature] <= Threshold ? Left! : Right!).Predict(row);
}

public sealed record Ensemble(double Bias, IReadOnlyList<TreeNode> Trees, IReadOnlyDictionary<string, double> Importance)
{
    public double Probability(ReadOnlySpan<float> row)
    {
        double score = Bias;
        foreach (TreeNode tree in Trees)
            score += tree.Predict(row);
        return 1 / (1 + Math.Exp(-score));
    }
}

public readonly record struct RocPoint(double FalsePositiveRate, double TruePositiveRate);

public sealed record Validation(double AreaUnderCurve, double LogLoss, IReadOnlyList<RocPoint> Curve);

internal sealed class Histograms
{
    public const int Bins = 64;

    private readonly float[][] _edges;
    private readonly byte[,] _binned;

    public Histograms(Applicants data)
    {
        int features = data.Columns.Length;
        _edges = new float[features][];
        _binned = new byte[data.Rows, features];
        Parallel.For(0, features, feature =>
        {
            var sorted = new float[data.Rows];
            for (int row = 0; row < data.Rows; row++)
                sorted[row] = data.Values[row, feature];
            Array.Sort(sorted);
            _edges[feature] = [.. Enumerable.Range(1, Bins - 1).Select(bin => sorted[(int)((long)bin * sorted.Length / Bins)]).Distinct()];
            for (int row = 0; row < data.Rows; row++)
            {
                int at = Array.BinarySearch(_edges[feature], data.Values[row, feature]);
                _binned[row, feature] = (byte)(at >= 0 ? at : ~at);
            }
        });
    }

    public byte Bin(int row, int feature) => _binned[row, feature];

    public int CountOf(int feature) => _edges[feature].Length;

    public float Edge(int feature, int bin) => _edges[feature][bin];
}

internal sealed class TreeGrower(Applicants data, Histograms histograms, BoostingOptions options, double[] gradients, double[] hessians, double[] gains)
{
    public TreeNode Grow(int[] rows, int depth)
    {
        double gradient = rows.Sum(row => gradients[row]);
        double hessian = rows.Sum(row => hessians[row]);
        var leaf = new TreeNode(-1, 0, -options.LearningRate * gradient / (hessian + options.Lambda));
        if (depth == options.MaximumDepth || rows.Length < 2 * options.MinimumLeaf)
            return leaf;

        var best = Enumerable.Range(0, data.Columns.Length)
            .AsParallel()
            .Select(feature => BestSplit(rows, feature, gradient, hessian))
            .MaxBy(static split => split.Gain);
        if (best.Gain <= 1e-9)
            return leaf;

        gains[best.Feature] += best.Gain;
        ILookup<bool, int> sides = rows.ToLookup(row => histograms.Bin(row, best.Feature) <= best.Bin);
        return leaf with
        {
            Feature = best.Feature,
            Threshold = histograms.Edge(best.Feature, best.Bin),
            Left = Grow([.. sides[true]], depth + 1),
            Right = Grow([.. sides[false]], depth + 1),
        };
    }

    private (int Feature, int Bin, double Gain) BestSplit(int[] rows, int feature, double gradient, double hessian)
    {
        Span<double> g = stackalloc double[Histograms.Bins];
        Span<double> h = stackalloc double[Histograms.Bins];
        Span<int> n = stackalloc int[Histograms.Bins];
        g.Clear();
        h.Clear();
        n.Clear();
        foreach (int row in rows)
        {
            byte bin = histograms.Bin(row, feature);
            g[bin] += gradients[row];
            h[bin] += hessians[row];
            n[bin]++;
        }

        var best = (feature, Bin: 0, Gain: 0.0);
        double leftG = 0, leftH = 0;
        int left = 0;
        for (int bin = 0; bin < histograms.CountOf(feature); bin++)
        {
            leftG += g[bin];
            leftH += h[bin];
            left += n[bin];
            if (left < options.MinimumLeaf || rows.Length - left < options.MinimumLeaf)
                continue;
            double gain = Score(leftG, leftH) + Score(gradient - leftG, hessian - leftH) - Score(gradient, hessian);
            if (gain > best.Gain)
                best = (feature, bin, gain);
        }

        return best;
    }

    private double Score(double gradient, double hessian) => gradient * gradient / (hessian + options.Lambda);
}

public static class CreditScoring
{
    [Remote(Cpus = "16+", Memory = "32+")]
    public static async Task<Ensemble> TrainAsync(
        Applicants data, BoostingOptions options, int seed, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        var random = new Random(seed);
        var histograms = new Histograms(data);
        double rate = data.Defaulted.Average(static defaulted => defaulted ? 1.0 : 0.0);
        double bias = Math.Log(rate / (1 - rate));
        double[] scores = [.. Enumerable.Repeat(bias, data.Rows)];
        double[] gradients = new double[data.Rows], hessians = new double[data.Rows], gains = new double[data.Columns.Length];
        var trees = new List<TreeNode>(options.Trees);
        while (trees.Count < options.Trees)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = 0; row < data.Rows; row++)
            {
                double p = 1 / (1 + Math.Exp(-scores[row]));
                gradients[row] = p - (data.Defaulted[row] ? 1 : 0);
                hessians[row] = p * (1 - p);
            }

            int[] drawn = [.. Enumerable.Range(0, data.Rows).Where(_ => random.NextDouble() < options.Subsample)];
            var grower = new TreeGrower(data, histograms, options, gradients, hessians, gains);
            TreeNode tree = await Task.Run(() => grower.Grow(drawn, depth: 0), cancellationToken);
            Parallel.For(0, data.Rows, row => scores[row] += tree.Predict(RowOf(data, row)));
            trees.Add(tree);
            progress?.Report(trees.Count);
        }

        double total = gains.Sum();
        return new Ensemble(bias, trees, data.Columns.Zip(gains).ToDictionary(static pair => pair.First, pair => pair.Second / total));
    }

    public static Validation Validate(Ensemble ensemble, Applicants held)
    {
        var scored = new (double Score, bool Defaulted)[held.Rows];
        for (int row = 0; row < held.Rows; row++)
            scored[row] = (ensemble.Probability(RowOf(held, row)), held.Defaulted[row]);
        Array.Sort(scored, static (a, b) => b.Score.CompareTo(a.Score));

        int positives = scored.Count(static one => one.Defaulted), negatives = scored.Length - positives;
        var curve = new List<RocPoint> { new(0, 0) };
        int hits = 0, alarms = 0;
        double area = 0, loss = 0;
        foreach ((double score, bool defaulted) in scored)
        {
            loss -= Math.Log(Math.Max(defaulted ? score : 1 - score, 1e-12));
            if (defaulted)
            {
                hits++;
            }
            else
            {
                alarms++;
                area += (double)hits / positives / negatives;
            }

            curve.Add(new RocPoint((double)alarms / negatives, (double)hits / positives));
        }

        return new Validation(area, loss / scored.Length, curve);
    }

    public static async Task ReportAsync(Applicants training, Applicants held, TextWriter report, CancellationToken cancellationToken)
    {
        BoostingOptions[] grid = [new(), new(MaximumDepth: 3, Trees: 400), new(MaximumDepth: 7, LearningRate: 0.03, Trees: 600)];
        Ensemble[] ensembles = await Task.WhenAll(grid.Select(options => TrainAsync(training, options, seed: 3, progress: null, cancellationToken)));
        foreach ((BoostingOptions options, Ensemble ensemble) in grid.Zip(ensembles))
        {
            Validation validation = Validate(ensemble, held);
            string line = string.Format(CultureInfo.InvariantCulture, "{0}: AUC {1:F4}, log loss {2:F4}", options, validation.AreaUnderCurve, validation.LogLoss);
            await report.WriteLineAsync(line.AsMemory(), cancellationToken);
        }
    }

    private static float[] RowOf(Applicants data, int row)
    {
        var values = new float[data.Columns.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = data.Values[row, i];
        return values;
    }
}
