// A logistics company's road network: A* over a compact graph, travel-time matrices as a stream, and maximum flow of trucks between depots.
using System.Runtime.InteropServices;

namespace Corpus.RoadNetwork;

public readonly record struct GeoPoint(double Latitude, double Longitude)
{
    private const double EarthRadiusMetres = 6_371_008.8;

    /// <summary>The haversine distance in metres.</summary>
    public double DistanceTo(GeoPoint other)
    {
        double dLat = double.DegreesToRadians(other.Latitude - Latitude), dLon = double.DegreesToRadians(other.Longitude - Longitude);
        double a = Math.Pow(Math.Sin(dLat / 2), 2)
            + (Math.Cos(double.DegreesToRadians(Latitude)) * Math.Cos(double.DegreesToRadians(other.Latitude)) * Math.Pow(Math.Sin(dLon / 2), 2));
        return 2 * EarthRadiusMetres * Math.Asin(Math.Sqrt(a));
    }
}

[Flags]
public enum RoadAccess
{
    None = 0,
    Car = 1,
    Truck = 2,
    Bicycle = 4,
    All = Car | Truck | Bicycle,
}

public sealed record Road(int From, int To, double Metres, double KilometresPerHour, RoadAccess Access, int TrucksPerHour = int.MaxValue)
{
    public double Seconds => Metres / (KilometresPerHour / 3.6);
}

public sealed record RoadMap(GeoPoint[] Crossings, Road[] Roads);

public sealed record Route(IReadOnlyList<int> Crossings, double Metres, TimeSpan Duration);

public sealed record RouteRequest(int From, int To, RoadAccess Vehicle);

public sealed class NoRouteException(string message, int from, int to) : Exception(message)
{
    public int From { get; } = from;

    public int To { get; } = to;
}

/// <summary>Adjacency in two arrays: the edges of a node lie side by side.</summary>
internal sealed class CompactGraph
{
    private readonly int[] _first;
    private readonly Road[] _edges;

    public CompactGraph(RoadMap map)
    {
        _edges = [.. map.Roads.OrderBy(static road => road.From)];
        _first = new int[map.Crossings.Length + 1];
        foreach (Road road in _edges)
            _first[road.From + 1]++;
        for (int i = 1; i < _first.Length; i++)
            _first[i] += _first[i - 1];
        FastestMetresPerSecond = _edges.Max(static road => road.KilometresPerHour) / 3.6;
    }

    public double FastestMetresPerSecond { get; }

    public ReadOnlySpan<Road> From(int crossing) => _edges.AsSpan(_first[crossing].._first[crossing + 1]);
}

internal sealed class ShortestPath(CompactGraph graph, GeoPoint[] crossings)
{
    private readonly Dictionary<int, (double Seconds, Road? By)> _reached = [];
    private readonly PriorityQueue<int, double> _open = new();

    public Route? Find(RouteRequest request, CancellationToken cancellationToken)
    {
        var settled = new HashSet<int>();
        _reached[request.From] = (0, null);
        _open.Enqueue(request.From, Estimate(request.From, request.To));
        while (_open.TryDequeue(out int at, out _))
        {
            if (at == request.To)
                return Unwind(request);
            if (!settled.Add(at))
                continue;
            if (settled.Count % 4096 == 0)
                cancellationToken.ThrowIfCancellationRequested();
            foreach (Road road in graph.From(at))
            {
                if ((road.Access & request.Vehicle) == 0)
                    continue;
                double seconds = _reached[at].Seconds + road.Seconds;
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_reached, road.To, out bool exists);
                if (exists && known.Seconds <= seconds)
                    continue;
                known = (seconds, road);
                _open.Enqueue(road.To, seconds + Estimate(road.To, request.To));
            }
        }

        return null;
    }

    private double Estimate(int from, int to) => crossings[from].DistanceTo(crossings[to]) / graph.FastestMetresPerSecond;

    private Route Unwind(RouteRequest request)
    {
        var path = new List<int> { request.To };
        double metres = 0;
        for (Road? by = _reached[request.To].By; by is not null; by = _reached[by.From].By)
        {
            metres += by.Metres;
            path.Add(by.From);
        }

        path.Reverse();
        return new Route(path, metres, TimeSpan.FromSeconds(_reached[request.To].Seconds));
    }
}

/// <summary>Dinic's algorithm.</summary>
internal sealed class MaximumFlow
{
    private readonly List<(int To, int Residual, int Reverse)>[] _edges;
    private readonly int[] _level;
    private readonly int[] _next;

    public MaximumFlow(int nodes)
    {
        _edges = [.. Enumerable.Range(0, nodes).Select(static _ => new List<(int, int, int)>())];
        _level = new int[nodes];
        _next = new int[nodes];
    }

    public void Connect(int from, int to, int capacity)
    {
        _edges[from].Add((to, capacity, _edges[to].Count));
        _edges[to].Add((from, 0, _edges[from].Count - 1));
    }

    public long Between(int source, int sink)
    {
        long total = 0;
        while (BuildLevels(source, sink))
        {
            Array.Clear(_next);
            while (Push(source, sink, int.MaxValue) is > 0 and var pushed)
                total += pushed;
        }

        return total;
    }

    private bool BuildLevels(int source, int sink)
    {
        Array.Fill(_level, -1);
        _level[source] = 0;
        var queue = new Queue<int>([source]);
        while (queue.TryDequeue(out int at))
        {
            foreach ((int to, int residual, _) in _edges[at])
            {
                if (residual > 0 && _level[to] < 0)
                {
                    _level[to] = _level[at] + 1;
                    queue.Enqueue(to);
                }
            }
        }

        return _level[sink] >= 0;
    }

    private int Push(int at, int sink, int limit)
    {
        if (at == sink)
            return limit;
        for (; _next[at] < _edges[at].Count; _next[at]++)
        {
            (int to, int residual, int reverse) = _edges[at][_next[at]];
            if (residual <= 0 || _level[to] != _level[at] + 1)
                continue;
            int pushed = Push(to, sink, Math.Min(limit, residual));
            if (pushed == 0)
                continue;
            Change(at, _next[at], -pushed);
            Change(to, reverse, pushed);
            return pushed;
        }

        return 0;

        void Change(int node, int edge, int by) => CollectionsMarshal.AsSpan(_edges[node])[edge].Residual += by;
    }
}

[Remote(Cpus = "4+", Memory = "32+")]
public sealed class RoutePlanner(RoadMap map)
{
    private readonly CompactGraph _graph = new(map);

    public async Task<Route> FindAsync(RouteRequest request, CancellationToken cancellationToken = default)
        => await Task.Run(() => new ShortestPath(_graph, map.Crossings).Find(request, cancellationToken), cancellationToken)
            ?? throw new NoRouteException($"No road for {request.Vehicle} leads from {request.From} to {request.To}.", request.From, request.To);

    /// <summary>Travel times between all pairs, row by row, as a delivery planner wants them.</summary>
    public async IAsyncEnumerable<double[]> MatrixAsync(IReadOnlyList<int> stops, RoadAccess vehicle)
    {
        foreach (int from in stops)
        {
            yield return await Task.Run(() => stops
                .AsParallel().AsOrdered()
                .Select(to => new ShortestPath(_graph, map.Crossings).Find(new RouteRequest(from, to, vehicle), CancellationToken.None)?.Duration.TotalSeconds ?? double.PositiveInfinity)
                .ToArray());
        }
    }

    public long TruckCapacity(int from, int to)
    {
        var flow = new MaximumFlow(map.Crossings.Length);
        foreach (Road road in map.Roads.Where(static road => road.Access.HasFlag(RoadAccess.Truck)))
            flow.Connect(road.From, road.To, road.TrucksPerHour);
        return flow.Between(from, to);
    }
}

public static class Dispatch
{
    public static async Task<double[][]> TravelTimesAsync(RoadMap map, IReadOnlyList<int> stops, CancellationToken cancellationToken)
    {
        await using RoutePlannerRemote planner = await RoutePlanner.RemoteAsync(map);
        var rows = new List<double[]>(stops.Count);
        await foreach (double[] row in planner.MatrixAsync(stops, RoadAccess.Truck, cancellationToken))
            rows.Add(row);
        return [.. rows];
    }

    public static async Task<Route?> TryRouteAsync(RoutePlannerRemote planner, RouteRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await planner.FindAsync(request, cancellationToken);
        }
        catch (NoRouteException missing) when (missing.From != missing.To)
        {
            Console.WriteLine(missing.Message);
            return null;
        }
        catch (WorkerLostException lost)
        {
            Console.Error.WriteLine($"The planner is gone: {lost.Message}");
            throw;
        }
    }
}
