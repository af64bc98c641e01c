// Marketing's customer segments: k-means++ with Lloyd's iterations, the number of clusters chosen by silhouette over parallel remote calls.
using System.Collections.Frozen;
using System.Numerics;

namespace Corpus.CustomerSegments;

public sealed record Customer(Guid Id, double RecencyDays, int OrdersPerYear, decimal YearlyRevenue, string Country);

public sealed record Clustering(int Clusters, float[][] Centroids, int[] Assignment, double Inertia, double Silhouette);

public sealed record Segment(string Label, int Customers, decimal Revenue, double MeanRecency);

public sealed class EmptyClusterException(string message, int cluster) : Exception(message)
{
    public int Cluster { get; } = cluster;
}

internal static class FeatureScaling
{
    private static readonly FrozenSet<string> CoreMarkets = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "DE", "AT", "CH", "NL");

    public static float[][] Standardize(IReadOnlyList<Customer> customers)
    {
        float[][] rows =
        [
            .. customers.Select(static customer => (float[])
            [
                (float)Math.Log(1 + customer.RecencyDays),
                MathF.Sqrt(customer.OrdersPerYear),
                (float)Math.Log(1 + (double)customer.YearlyRevenue),
                CoreMarkets.Contains(customer.Country) ? 1 : 0,
            ]),
        ];
        for (int column = 0; column < rows[0].Length; column++)
        {
            float mean = rows.Average(row => row[column]);
            float deviation = MathF.Sqrt(rows.Average(row => (row[column] - mean) * (row[column] - mean)));
            foreach (float[] row in rows)
                row[column] = deviation == 0 ? 0 : (row[column] - mean) / deviation;
        }

        return rows;
    }
}

internal sealed class KMeans(float[][] points, int clusters, Random random)
{
    private const int MaximumIterations = 300;

    private readonly int[] _assignment = new int[points.Length];

    public Clustering Run(CancellationToken cancellationToken)
    {
        float[][] centroids = Seed();
        double inertia = double.MaxValue;
        for (int iteration = 0; iteration < MaximumIterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double now = Assign(centroids);
            centroids = Means(centroids);
            if (inertia - now < 1e-4 * inertia)
                break;
            inertia = now;
        }

        return new Clustering(clusters, centroids, _assignment, inertia, Silhouette());
    }

    /// <summary>k-means++: each next centre is drawn with a probability proportional to its squared distance from those chosen.</summary>
    private float[][] Seed()
    {
        var chosen = new List<float[]> { points[random.Next(points.Length)] };
        var distances = new float[points.Length];
        while (chosen.Count < clusters)
        {
            double total = 0;
            for (int i = 0; i < points.Length; i++)
            {
                distances[i] = chosen.Min(centre => SquaredDistance(points[i], centre));
                total += distances[i];
            }

            double drawn = random.NextDouble() * total;
            int index = 0;
            while (index < points.Length - 1 && (drawn -= distances[index]) > 0)
                index++;
            chosen.Add(points[index]);
        }

        return [.. chosen.Select(static centre => (float[])centre.Clone())];
    }

    private double Assign(float[][] centroids)
    {
        var gate = new Lock();
        double inertia = 0;
        Parallel.For(0, points.Length, () => 0.0, (i, _, sum) =>
        {
            float nearest = float.MaxValue;
            for (int cluster = 0; cluster < centroids.Length; cluster++)
            {
                float distance = SquaredDistance(points[i], centroids[cluster]);
                if (distance < nearest)
                    (nearest, _assignment[i]) = (distance, cluster);
            }

            return sum + nearest;
        }, sum =>
        {
            lock (gate)
                inertia += sum;
        });
        return inertia;
    }

    private float[][] Means(float[][] previous)
    {
        var sums = new float[clusters][];
        var counts = new int[clusters];
        for (int cluster = 0; cluster < clusters; cluster++)
            sums[cluster] = new float[previous[0].Length];
        for (int i = 0; i < points.Length; i++)
        {
            counts[_assignment[i]]++;
            for (int d = 0; d < points[i].Length; d++)
                sums[_assignment[i]][d] += points[i][d];
        }

        for (int cluster = 0; cluster < clusters; cluster++)
        {
            if (counts[cluster] == 0)
                throw new EmptyClusterException($"Cluster {cluster} of {clusters} lost all its points; ask for fewer clusters.", cluster);
            for (int d = 0; d < sums[cluster].Length; d++)
                sums[cluster][d] /= counts[cluster];
        }

        return sums;
    }

    private double Silhouette()
    {
        int[] sample = [.. Enumerable.Range(0, points.Length).OrderBy(_ => random.Next()).Take(500)];
        return sample.AsParallel().Average(i =>
        {
            double[] toClusters =
            [
                .. Enumerable.Range(0, clusters).Select(cluster => sample
                    .Where(j => j != i && _assignment[j] == cluster)
                    .Select(j => Math.Sqrt(SquaredDistance(points[i], points[j])))
                    .DefaultIfEmpty(double.PositiveInfinity)
                    .Average()),
            ];
            double own = toClusters[_assignment[i]];
            double other = toClusters.Where((_, cluster) => cluster != _assignment[i]).Min();
            return double.IsInfinity(own) ? 0 : (other - own) / Math.Max(own, other);
        });
    }

    private static float SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> difference = new Vector<float>(a[i..]) - new Vector<float>(b[i..]);
            sum += Vector.Dot(difference, difference);
        }

        for (; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}

public static class Segmentation
{
    [Remote(Cpus = "8+")]
    public static Task<Clustering> ClusterAsync(float[][] points, int clusters, int restarts, int seed, CancellationToken cancellationToken = default)
        => Task.Run(
            () => Enumerable.Range(0, restarts)
                .Select(restart => new KMeans(points, clusters, new Random(seed + restart)).Run(cancellationToken))
                .MinBy(static clustering => clustering.Inertia)!,
            cancellationToken);

    public static async Task<IReadOnlyList<Segment>> SegmentAsync(IReadOnlyList<Customer> customers, CancellationToken cancellationToken)
    {
        float[][] points = FeatureScaling.Standardize(customers);
        Clustering[] candidates = await Task.WhenAll(Enumerable.Range(3, 8).Select(async clusters =>
        {
            try
            {
                return await ClusterAsync(points, clusters, restarts: 10, seed: 99, cancellationToken);
            }
            catch (EmptyClusterException empty)
            {
                Console.WriteLine(empty.Message);
                return new Clustering(clusters, [], [], double.MaxValue, -1);
            }
        }));
        Clustering best = candidates.MaxBy(static clustering => clustering.Silhouette)!;
        return
        [
            .. customers.Zip(best.Assignment)
                .GroupBy(static pair => pair.Second, static pair => pair.First)
                .Select(static group => new Segment(
                    Describe([.. group]), group.Count(), group.Sum(static customer => customer.YearlyRevenue), group.Average(static customer => customer.RecencyDays)))
                .OrderByDescending(static segment => segment.Revenue),
        ];
    }

    private static string Describe(IReadOnlyCollection<Customer> customers)
        => (customers.Average(static customer => customer.RecencyDays), customers.Average(static customer => customer.OrdersPerYear)) switch
        {
            ( < 30, > 12) => "regulars",
            ( < 30, _) => "recent",
            ( > 365, _) => "lapsed",
            (_, > 6) => "seasonal",
            _ => "occasional",
        };
}
