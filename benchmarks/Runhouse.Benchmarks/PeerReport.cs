using System.Globalization;
using System.Text;

namespace Runhouse.Benchmarks;

/// <summary>The figures of the peers as a Markdown document with one table for each workload, and as a plot.</summary>
internal static class PeerReport
{
    private const string Own = "runhouse";
    private const string Limit = "raw";
    private const int BarWidth = 420;
    private const int BarHeight = 16;
    private const int Left = 130;

    /// <summary>Writes <c>peers.md</c> and <c>peers.svg</c>.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="machine">What they were measured on.</param>
    /// <param name="rows">The figures.</param>
    public static void Write(string folder, string machine, IReadOnlyList<Row> rows)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "peers.md"), Table(machine, rows));
        File.WriteAllText(Path.Combine(folder, "peers.svg"), Plot(rows));
    }

    private static string Table(string machine, IReadOnlyList<Row> rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# The call path and its peers\n\n{machine}. Medians over the rounds of one run, the smallest and the largest in brackets; the peers take turns in every round.\n");
        text.Append("`raw` is a socket that echoes the same bytes over TCP, `raw-unix` the same over a Unix socket; \"of raw\" divides by the median of `raw`.\n");
        foreach (IGrouping<string, Row> workload in rows.GroupBy(static row => row.Workload))
        {
            string[] metrics = [.. workload.Select(static row => row.Metric).Distinct()];
            text.Append(CultureInfo.InvariantCulture, $"\n## {workload.Key}\n\n| | {string.Join(" | ", metrics)} | of raw |\n|---|{string.Concat(metrics.Select(static _ => "---:|"))}---:|\n");
            double? limit = workload.FirstOrDefault(row => row.Peer == Limit && row.Metric == MainMetric(metrics))?.Median;
            foreach (IGrouping<string, Row> peer in workload.GroupBy(static row => row.Peer))
            {
                double main = peer.First(row => row.Metric == MainMetric(metrics)).Median;
                string ratio = limit is { } whole ? (main / whole).ToString("0.00", CultureInfo.InvariantCulture) : "";
                text.Append(CultureInfo.InvariantCulture, $"| {peer.Key} | {string.Join(" | ", metrics.Select(metric => Cell(peer.FirstOrDefault(row => row.Metric == metric))))} | {ratio} |\n");
            }
        }

        return text.ToString();
    }

    private static string MainMetric(string[] metrics) => metrics.FirstOrDefault(static metric => metric.EndsWith("/s", StringComparison.Ordinal) && metric != "calls/s")
        ?? (metrics.Contains("p50 us") ? "p50 us" : metrics[0]);

    private static string Cell(Row? row) => row is null ? "" : $"{Number(row.Median)} ({Number(row.Min)}-{Number(row.Max)})";

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static string Plot(IReadOnlyList<Row> rows)
    {
        var bars = new StringBuilder();
        int y = 10;
        foreach (IGrouping<string, Row> workload in rows.GroupBy(static row => row.Workload))
        {
            string main = MainMetric([.. workload.Select(static row => row.Metric).Distinct()]);
            Row[] peers = [.. workload.Where(row => row.Metric == main)];

            // The limit of throughput is far off; the bars end at the best of those that make calls.
            double longest = peers.Where(static row => !row.Peer.StartsWith(Limit, StringComparison.Ordinal)).Max(static row => row.Median);
            bars.Append(CultureInfo.InvariantCulture, $"<text x=\"10\" y=\"{y + 14}\" font-weight=\"bold\">{workload.Key}, {main}</text>\n");
            y += 22;
            foreach (Row row in peers)
            {
                int width = (int)Math.Clamp(row.Median / longest * BarWidth, 1, BarWidth);
                string color = row.Peer.StartsWith(Own, StringComparison.Ordinal) ? "#2f6fde" : row.Peer.StartsWith(Limit, StringComparison.Ordinal) ? "#bbbbbb" : "#e0a040";
                bars.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 12}\" text-anchor=\"end\">{row.Peer}</text><rect x=\"{Left}\" y=\"{y}\" width=\"{width}\" height=\"{BarHeight - 4}\" fill=\"{color}\"/><text x=\"{Left + width + 6}\" y=\"{y + 12}\">{Number(row.Median)}</text>\n");
                y += BarHeight;
            }

            y += 10;
        }

        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + BarWidth + 90}\" height=\"{y}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{bars}</svg>\n";
    }
}
