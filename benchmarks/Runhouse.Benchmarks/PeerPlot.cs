using System.Globalization;
using System.Text;

namespace Runhouse.Benchmarks;

/// <summary>The main figure of each workload as bars, two workloads beside each other.</summary>
internal static class PeerPlot
{
    private const int ColumnWidth = 560;
    private const int Left = 120;
    private const int BarWidth = 340;
    private const int BarHeight = 17;
    private const int TitleHeight = 26;
    private const int Gap = 20;

    // Beyond so many times the product's figure a bar is cut off, so that the others can be told apart: the limit's rates, and the times of the slow.
    private const int LongestRate = 2;
    private const int LongestTime = 10;

    /// <summary>Draws the plot as SVG.</summary>
    /// <param name="workloads">The figures by workload.</param>
    public static string Draw(IReadOnlyList<IGrouping<string, Row>> workloads)
    {
        var text = new StringBuilder();
        int y = Gap;
        for (int i = 0; i < workloads.Count; i += 2)
        {
            int height = Draw(text, workloads[i], 0, y);
            if (i + 1 < workloads.Count)
                height = Math.Max(height, Draw(text, workloads[i + 1], ColumnWidth, y));
            y += height + Gap;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{2 * ColumnWidth}\" height=\"{y}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{text}</svg>\n");
    }

    private static int Draw(StringBuilder text, IGrouping<string, Row> workload, int x, int y)
    {
        string main = MainMetric.Of(workload);
        Row[] rows = [.. workload.Where(row => row.Metric == main)];
        double own = rows.FirstOrDefault(static row => row.Peer == PeerReport.Own)?.Median ?? double.MaxValue;
        bool isRate = MainMetric.IsRate(main);
        double scale = Math.Min(rows.Max(static row => row.Median), own * (isRate ? LongestRate : LongestTime));
        string better = isRate ? "more is better" : "less is better";
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 14}\" y=\"{y + 14}\"><tspan font-weight=\"bold\">{workload.Key}</tspan>, {main} ({better})</text>\n");
        int top = y + TitleHeight;
        foreach (Row row in rows)
        {
            bool isCut = row.Median > scale;
            int width = (int)Math.Clamp(row.Median / scale * BarWidth, 1, BarWidth);
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + Left - 6}\" y=\"{top + 12}\" text-anchor=\"end\">{row.Peer}</text>");
            text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x + Left}\" y=\"{top + 1}\" width=\"{width}\" height=\"{BarHeight - 4}\" fill=\"{Color(row)}\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + Left + width + 6}\" y=\"{top + 12}\">{(isCut ? "… " : "")}{FigureText.Of(row.Median)}</text>\n");
            top += BarHeight;
        }

        return top - y;
    }

    private static string Color(Row row)
        => row.Peer == PeerReport.Own ? "#2f6fde" : PeerReport.IsOfPeer(row) ? "#e0a040" : row.Peer.StartsWith(PeerReport.Own, StringComparison.Ordinal) ? "#9bbcf2" : "#bbbbbb";
}
