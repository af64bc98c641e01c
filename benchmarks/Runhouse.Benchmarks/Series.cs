namespace Runhouse.Benchmarks;

/// <summary>Collects measurements over rounds, in the order in which they first came.</summary>
/// <param name="benchmark">The benchmark's name.</param>
internal sealed class Series(string benchmark)
{
    private readonly Dictionary<(string Workload, string Peer, string Metric, string Unit), List<double>> _values = [];

    /// <summary>Adds a measurement.</summary>
    public void Add(string workload, string peer, string metric, string unit, double value, bool counts)
    {
        if (!counts)
            return;
        if (!_values.TryGetValue((workload, peer, metric, unit), out List<double>? values))
            _values.Add((workload, peer, metric, unit), values = []);
        values.Add(value);
    }

    /// <summary>The rows.</summary>
    public IEnumerable<Row> Rows() => _values.Select(one => Row.Of(benchmark, one.Key.Workload, one.Key.Peer, one.Key.Metric, one.Key.Unit, one.Value));
}
