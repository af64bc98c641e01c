using System.Globalization;
using System.Text;

namespace Runhouse.Benchmarks;

/// <summary>The figures of the peers as a Markdown document, a summary and one table for each workload, and as a plot.</summary>
internal static class PeerReport
{
    /// <summary>The name of this project in the figures.</summary>
    public const string Own = "runhouse";

    /// <summary>The name of the limit in the figures.</summary>
    public const string Limit = "raw";

    private const string Introduction = """
        `raw` is a socket that echoes the same bytes over TCP, frames with a length in front, `raw-unix` the same over a Unix socket; "of raw" divides by the median of `raw`.
        Three more tell what bounds a stream: `raw-packed` has nothing between the items; `raw-memory` passes blocks through memory that two processes share, each made by the one and
        copied out by the other; `raw-local` reads a stream in the process that makes it: what the stream's own code takes, without a library or a socket.
        `runhouse` reaches the worker directly, `runhouse-relay` through the host's port, which is where TLS is spoken too: the `runhouse` of W8 takes that way.
        "latency" is that of a call among others, from before it until its result is there, of one in seventeen: all callers call as fast as they can, so that it is how long the row in front of them takes.
        In W4 it is that of an array there and back; of a stream that of one with a single item, from asking for it until its end, which `raw` does not send.
        `runhouse-quiet` has the lines of remote code turned off. W7 is in every third round, and with 1,000 connections in every sixth.
        Every item of a stream is an object of its own with a number that the reader adds up. W7 has a sequential caller on each connection; a peer that does not
        open them in 30 s has no row. "MiB" is how much a process grows by at its peak. A start is that of a new caller's process, its server running, until its first result.
        """;

    /// <summary>Writes <c>peers.md</c> and <c>peers.svg</c>.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="machine">What they were measured on.</param>
    /// <param name="rows">The figures.</param>
    public static void Write(string folder, string machine, IReadOnlyList<Row> rows)
    {
        Directory.CreateDirectory(folder);
        IGrouping<string, Row>[] workloads = [.. rows.GroupBy(static row => row.Workload)];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# The call path and its peers\n\n{machine}. Medians over the rounds of one run, the smallest and the largest in brackets; the peers take turns in every round.\n{Introduction}\n\n");
        Summarize(text, workloads);
        foreach (IGrouping<string, Row> workload in workloads)
            Tabulate(text, workload);
        File.WriteAllText(Path.Combine(folder, "peers.md"), text.ToString());
        File.WriteAllText(Path.Combine(folder, "peers.svg"), PeerPlot.Draw(workloads));
    }

    /// <summary>Whether a row is of a library that makes calls, neither this one nor the limit.</summary>
    /// <param name="row">The row.</param>
    public static bool IsOfPeer(Row row) => !row.Peer.StartsWith(Own, StringComparison.Ordinal) && !row.Peer.StartsWith(Limit, StringComparison.Ordinal);

    private static void Summarize(StringBuilder text, IGrouping<string, Row>[] workloads)
    {
        text.Append("Ratios divide the product's figure by the other: of rates (\"/s\") more is better, of times (\"us\", \"ms\") less.\n\n");
        text.Append("| workload | runhouse | best peer | ratio to best peer | raw | ratio to raw |\n|---|---:|---:|---:|---:|---:|\n");
        foreach (IGrouping<string, Row> workload in workloads)
        {
            string main = MainMetric.Of(workload);
            string[] metrics = workload.Any(static row => row.Metric == "p99 us") ? [main, "p99 us"] : [main];
            foreach (string metric in metrics)
                Summarize(text, workload, metric);
        }
    }

    private static void Summarize(StringBuilder text, IEnumerable<Row> workload, string metric)
    {
        Row[] rows = [.. workload.Where(row => row.Metric == metric)];
        if (rows.FirstOrDefault(static row => row.Peer == Own) is not { } own)
            return;
        IEnumerable<Row> peers = rows.Where(IsOfPeer);
        Row? best = MainMetric.IsRate(metric) ? peers.MaxBy(static row => row.Median) : peers.MinBy(static row => row.Median);
        Row? limit = rows.FirstOrDefault(static row => row.Peer == Limit);
        string peer = best is null ? "" : $"{FigureText.Of(best.Median)} ({best.Peer})";
        string raw = limit is null ? "" : FigureText.Of(limit.Median);
        text.Append(CultureInfo.InvariantCulture, $"| {own.Workload}, {metric} | {FigureText.Of(own.Median)} | {peer} | {Ratio(own, best)} | {raw} | {Ratio(own, limit)} |\n");
    }

    private static void Tabulate(StringBuilder text, IGrouping<string, Row> workload)
    {
        string main = MainMetric.Of(workload);
        string[] metrics = [.. workload.Select(static row => row.Metric).Distinct()];
        Row? limit = workload.FirstOrDefault(row => row.Peer == Limit && row.Metric == main);
        text.Append(CultureInfo.InvariantCulture, $"\n## {workload.Key}\n\n| | {string.Join(" | ", metrics)} | of raw |\n|---|{string.Concat(metrics.Select(static _ => "---:|"))}---:|\n");
        foreach (IGrouping<string, Row> peer in workload.GroupBy(static row => row.Peer))
        {
            string ratio = Ratio(peer.First(row => row.Metric == main), limit);
            text.Append(CultureInfo.InvariantCulture, $"| {peer.Key} | {string.Join(" | ", metrics.Select(metric => FigureText.Of(peer.FirstOrDefault(row => row.Metric == metric))))} | {ratio} |\n");
        }
    }

    private static string Ratio(Row row, Row? other) => other is null ? "" : (row.Median / other.Median).ToString("0.00", CultureInfo.InvariantCulture);
}
