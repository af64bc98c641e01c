// A courier's tours: vehicles with capacities and time windows, improved by simulated annealing on several remote machines at once.
namespace Corpus.DeliveryTours;

public sealed record TimeWindow(TimeOnly From, TimeOnly To)
{
    public bool Overlaps(TimeWindow other) => From < other.To && other.From < To;
}

public sealed record Stop(string Customer, double X, double Y, int Parcels, TimeWindow Window, TimeSpan Service);

public sealed record Fleet(int Vehicles, int Capacity, double MetresPerMinute, TimeOnly Start);

public sealed record Problem(Stop Depot, IReadOnlyList<Stop> Stops, Fleet Fleet);

public sealed record AnnealingOptions(int Iterations = 2_000_000, double StartTemperature = 500, double EndTemperature = 0.5, int Seed = 0);

public sealed record Tour(IReadOnlyList<int> Stops, double Minutes, double LateMinutes);

public sealed record Plan(IReadOnlyList<Tour> Tours, double Cost)
{
    public double LateMinutes => Tours.Sum(static tour => tour.LateMinutes);
}

internal sealed class Solution(Problem problem)
{
    private const double LatePenalty = 25;
    private const double OverloadPenalty = 1000;

    public List<List<int>> Tours { get; } = [.. Enumerable.Range(0, problem.Fleet.Vehicles).Select(static _ => new List<int>())];

    public static Solution Greedy(Problem problem)
    {
        var solution = new Solution(problem);
        int vehicle = 0, load = 0;
        foreach (int stop in Enumerable.Range(0, problem.Stops.Count).OrderBy(i => Math.Atan2(problem.Stops[i].Y - problem.Depot.Y, problem.Stops[i].X - problem.Depot.X)))
        {
            if (load + problem.Stops[stop].Parcels > problem.Fleet.Capacity && vehicle < problem.Fleet.Vehicles - 1)
                (vehicle, load) = (vehicle + 1, 0);
            solution.Tours[vehicle].Add(stop);
            load += problem.Stops[stop].Parcels;
        }

        return solution;
    }

    public double CostOf(int vehicle)
    {
        Tour tour = Drive(vehicle);
        int overload = Math.Max(0, Tours[vehicle].Sum(stop => problem.Stops[stop].Parcels) - problem.Fleet.Capacity);
        return tour.Minutes + (LatePenalty * tour.LateMinutes) + (OverloadPenalty * overload);
    }

    public Tour Drive(int vehicle)
    {
        double clock = 0, late = 0;
        Stop at = problem.Depot;
        foreach (int index in Tours[vehicle])
        {
            Stop next = problem.Stops[index];
            clock += Minutes(at, next);
            double opens = (next.Window.From - problem.Fleet.Start).TotalMinutes, closes = (next.Window.To - problem.Fleet.Start).TotalMinutes;
            clock = Math.Max(clock, opens);
            late += Math.Max(0, clock - closes);
            clock += next.Service.TotalMinutes;
            at = next;
        }

        return new Tour([.. Tours[vehicle]], clock + Minutes(at, problem.Depot), late);
    }

    public Plan ToPlan()
    {
        IReadOnlyList<Tour> tours = [.. Enumerable.Range(0, Tours.Count).Select(Drive)];
        return new Plan(tours, Enumerable.Range(0, Tours.Count).Sum(CostOf));
    }

    private double Minutes(Stop from, Stop to) => double.Hypot(from.X - to.X, from.Y - to.Y) / problem.Fleet.MetresPerMinute;
}

internal sealed class Annealing(Solution solution, AnnealingOptions options)
{
    private readonly Random _random = new(options.Seed);

    public Plan Run(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double cooling = Math.Pow(options.EndTemperature / options.StartTemperature, 1.0 / options.Iterations), temperature = options.StartTemperature;
        Plan best = solution.ToPlan();
        double cost = best.Cost;
        for (int i = 0; i < options.Iterations; i++, temperature *= cooling)
        {
            if (i % 10_000 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(best.Cost);
            }

            Move move = _random.Next(3) switch
            {
                0 => ReverseSegment(),
                1 => MoveStop(),
                _ => SwapStops(),
            };
            double change = move.Apply();
            if (change <= 0 || _random.NextDouble() < Math.Exp(-change / temperature))
            {
                cost += change;
                if (cost < best.Cost - 1e-6)
                    best = solution.ToPlan();
            }
            else
            {
                move.Undo();
            }
        }

        return best;
    }

    private Move ReverseSegment()
    {
        int vehicle = _random.Next(solution.Tours.Count);
        List<int> tour = solution.Tours[vehicle];
        if (tour.Count < 3)
            return MoveStop();
        int from = _random.Next(tour.Count - 1), length = _random.Next(2, tour.Count - from + 1);
        return new Move(solution, vehicle, vehicle, () => tour.Reverse(from, length), () => tour.Reverse(from, length));
    }

    private Move MoveStop()
    {
        int from, to = _random.Next(solution.Tours.Count);
        do
        {
            from = _random.Next(solution.Tours.Count);
        }
        while (solution.Tours[from].Count == 0);
        int at = _random.Next(solution.Tours[from].Count), stop = solution.Tours[from][at];
        int target = _random.Next(solution.Tours[to].Count + (from == to ? 0 : 1));
        return new Move(solution, from, to, () => Take(from, at, to, target), () => Take(to, target, from, at));

        void Take(int source, int position, int destination, int insertAt)
        {
            solution.Tours[source].RemoveAt(position);
            solution.Tours[destination].Insert(insertAt, stop);
        }
    }

    private Move SwapStops()
    {
        int a = _random.Next(solution.Tours.Count), b = _random.Next(solution.Tours.Count);
        if (solution.Tours[a].Count == 0 || solution.Tours[b].Count == 0)
            return MoveStop();
        int i = _random.Next(solution.Tours[a].Count), j = _random.Next(solution.Tours[b].Count);
        return new Move(solution, a, b, Swap, Swap);

        void Swap() => (solution.Tours[a][i], solution.Tours[b][j]) = (solution.Tours[b][j], solution.Tours[a][i]);
    }

    private readonly struct Move(Solution solution, int first, int second, Action apply, Action undo)
    {
        public double Apply()
        {
            double before = Cost();
            apply();
            return Cost() - before;
        }

        public void Undo() => undo();

        private double Cost() => first == second ? solution.CostOf(first) : solution.CostOf(first) + solution.CostOf(second);
    }
}

public static class Tours
{
    [Remote(Cpus = "2+")]
    public static Task<Plan> ImproveAsync(Problem problem, AnnealingOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        Validate(problem);
        return Task.Run(() => new Annealing(Solution.Greedy(problem), options).Run(progress, cancellationToken), cancellationToken);
    }

    /// <summary>Starts from several seeds and takes the best plan that is there when the planners' morning begins.</summary>
    public static async Task<Plan?> PlanAsync(Problem problem, int attempts, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        List<Task<Plan>> running = [.. Enumerable.Range(0, attempts).Select(seed => ImproveAsync(problem, new AnnealingOptions(Seed: seed), progress: null, limit.Token))];
        Plan? best = null;
        await foreach (Task<Plan> finished in Task.WhenEach(running).WithCancellation(cancellationToken))
        {
            try
            {
                Plan plan = await finished;
                best = best is null || plan.Cost < best.Cost ? plan : best;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Console.WriteLine("One attempt ran out of time.");
            }
        }

        return best;
    }

    private static void Validate(Problem problem)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(problem.Fleet.Vehicles);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(problem.Fleet.Capacity);
        if (problem.Stops.FirstOrDefault(stop => stop.Parcels > problem.Fleet.Capacity) is { } tooMuch)
            throw new ArgumentException($"{tooMuch.Customer} gets {tooMuch.Parcels} parcels, and a vehicle holds {problem.Fleet.Capacity}.", nameof(problem));
    }
}
