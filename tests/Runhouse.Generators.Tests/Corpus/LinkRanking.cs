// Ranking of a web archive: PageRank by power iteration over a compressed sparse matrix, communities by label propagation.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Corpus.LinkRanking;

public sealed record Link(string From, string To);

public sealed record RankedPage(string Url, double Rank, int Community);

public sealed record RankingOptions(double Damping = 0.85, double Tolerance = 1e-9, int MaximumIterations = 200);

public sealed record Convergence(int Iteration, double Change);

internal sealed class LinkMatrix
{
    private readonly int[] _rowStart;
    private readonly int[] _sources;

    private LinkMatrix(string[] urls, int[] rowStart, int[] sources, int[] outDegree)
        => (Urls, _rowStart, _sources, OutDegree) = (urls, rowStart, sources, outDegree);

    public string[] Urls { get; }

    public int[] OutDegree { get; }

    public int Count => Urls.Length;

    public ReadOnlySpan<int> LinkingTo(int page) => _sources.AsSpan(_rowStart[page], _rowStart[page + 1] - _rowStart[page]);

    public static LinkMatrix Build(IEnumerable<Link> links)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var pairs = new HashSet<(int From, int To)>();
        foreach (Link link in links)
        {
            if (Normalize(link.From) is { } from && Normalize(link.To) is { } to && from != to)
                pairs.Add((Id(from), Id(to)));
        }

        var outDegree = new int[ids.Count];
        var rowStart = new int[ids.Count + 1];
        foreach ((int from, int to) in pairs)
        {
            outDegree[from]++;
            rowStart[to + 1]++;
        }

        for (int i = 0; i < ids.Count; i++)
            rowStart[i + 1] += rowStart[i];
        var sources = new int[pairs.Count];
        int[] next = rowStart[..^1];
        foreach ((int from, int to) in pairs)
            sources[next[to]++] = from;
        return new LinkMatrix([.. ids.OrderBy(static pair => pair.Value).Select(static pair => pair.Key)], rowStart, sources, outDegree);

        int Id(string url)
        {
            if (!ids.TryGetValue(url, out int id))
                ids.Add(url, id = ids.Count);
            return id;
        }
    }

    /// <summary>Only public pages count: an archive sees links to machines of the inner network now and then.</summary>
    private static string? Normalize(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            return null;
        if (uri.Host is "localhost" or "127.0.0.1" || (IPAddress.TryParse(uri.Host, out IPAddress? address) && IPAddress.IsLoopback(address)))
            return null;
        return uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }
}

public static class Ranking
{
    [Remote(Cpus = "32+", Memory = "128+")]
    public static async Task<IReadOnlyList<RankedPage>> RankAsync(
        IAsyncEnumerable<Link> links, RankingOptions options, int take, IProgress<Convergence>? progress = null, CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        LinkMatrix matrix = LinkMatrix.Build(await links.ToListAsync(cancellationToken));
        Console.WriteLine($"{matrix.Count:N0} pages read in {watch.Elapsed}");
        double[] ranks = await Task.Run(() => PowerIteration(matrix, options, progress, cancellationToken), cancellationToken);
        int[] communities = await Task.Run(() => PropagateLabels(matrix, rounds: 20, cancellationToken), cancellationToken);
        return
        [
            .. Enumerable.Range(0, matrix.Count)
                .OrderByDescending(page => ranks[page])
                .Take(take)
                .Select(page => new RankedPage(matrix.Urls[page], ranks[page], communities[page])),
        ];
    }

    private static double[] PowerIteration(LinkMatrix matrix, RankingOptions options, IProgress<Convergence>? progress, CancellationToken cancellationToken)
    {
        int n = matrix.Count;
        double[] ranks = [.. Enumerable.Repeat(1.0 / n, n)], next = new double[n];
        for (int iteration = 1; iteration <= options.MaximumIterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double dangling = Enumerable.Range(0, n).Where(page => matrix.OutDegree[page] == 0).Sum(page => ranks[page]);
            double floor = (1 - options.Damping + (options.Damping * dangling)) / n;
            Parallel.ForEach(Partitioner.Create(0, n), range =>
            {
                for (int page = range.Item1; page < range.Item2; page++)
                {
                    double sum = 0;
                    foreach (int source in matrix.LinkingTo(page))
                        sum += ranks[source] / matrix.OutDegree[source];
                    next[page] = floor + (options.Damping * sum);
                }
            });
            double change = ranks.Zip(next, static (before, after) => Math.Abs(before - after)).Sum();
            (ranks, next) = (next, ranks);
            progress?.Report(new Convergence(iteration, change));
            if (change < options.Tolerance)
                break;
        }

        return ranks;
    }

    private static int[] PropagateLabels(LinkMatrix matrix, int rounds, CancellationToken cancellationToken)
    {
        int[] labels = [.. Enumerable.Range(0, matrix.Count)];
        var counts = new Dictionary<int, int>();
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int changed = 0;
            for (int page = 0; page < labels.Length; page++)
            {
                counts.Clear();
                foreach (int source in matrix.LinkingTo(page))
                    counts[labels[source]] = counts.GetValueOrDefault(labels[source]) + 1;
                if (counts.Count == 0)
                    continue;
                int most = counts.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key).First().Key;
                changed += most != labels[page] ? 1 : 0;
                labels[page] = most;
            }

            if (changed < labels.Length / 1000)
                break;
        }

        return labels;
    }
}

public static class ArchiveTool
{
    public static async Task RunAsync(TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        var progress = new Progress<Convergence>(static step => Console.Error.WriteLine($"{step.Iteration,3} {step.Change:E2}"));
        IReadOnlyList<RankedPage> pages = await Ranking.RankAsync(ReadAsync(input), new RankingOptions(Damping: 0.9), take: 100, progress, cancellationToken);
        foreach (RankedPage page in pages)
            await output.WriteLineAsync($"{page.Rank:E4}\t{page.Community}\t{page.Url}");
    }

    private static async IAsyncEnumerable<Link> ReadAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            if (line.Split('\t', StringSplitOptions.TrimEntries) is [var from, var to])
                yield return new Link(from, to);
        }
    }
}
