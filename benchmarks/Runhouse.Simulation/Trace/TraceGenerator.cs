namespace Runhouse.Simulation.Trace;

/// <summary>
/// Makes a week of a team's work out of <see cref="SeriesShape"/>. The shape is that of published traces (docs/cost.md names them); the numbers are made up, once, and the
/// same seed gives the same week.
/// </summary>
/// <param name="seed">The seed.</param>
internal sealed class TraceGenerator(int seed)
{
    /// <summary>The seed of the week that all figures are of.</summary>
    public const int WeekSeed = 20251124;

    private const int Days = 7;
    private const double LongestMinutes = 12 * 60;

    // Requests and other work by the hour of the day, of the busiest hour's: little at night, a dip at noon.
    private static readonly double[] DailyShape = [.10, .07, .05, .05, .06, .10, .18, .35, .65, .90, 1, .98, .80, .88, .97, 1, .95, .80, .60, .45, .36, .28, .20, .14];

    private readonly Random _random = new(seed);
    private readonly List<Job> _jobs = [];

    /// <summary>Makes the week, which begins on a Monday.</summary>
    public IReadOnlyList<Job> Generate()
    {
        _jobs.Clear();
        for (int day = 0; day < Days; day++)
        {
            bool isWeekend = day >= 5;
            foreach (SeriesShape series in SeriesShape.Training)
                Add(series, Hour(day, 0.5 + (2 * _random.NextDouble())), until: Hour(day, 9), patienceMinutes: 0);
            if (!isWeekend)
                AddSweeps(day);
            foreach (SeriesShape series in SeriesShape.Inference)
                AddByShape(series, day, busiestHour: isWeekend ? 4 : 7, patienceMinutes: 12);
            foreach (SeriesShape series in SeriesShape.Notebooks.Where(_ => !isWeekend || _random.NextDouble() < 0.1))
                AddNotebook(series, day);
            for (int hour = 0; hour < 24; hour++)
                Add(SeriesShape.Batch[0], Hour(day, hour + 0.02), until: null, patienceMinutes: 50);
            foreach (SeriesShape series in SeriesShape.Batch.Skip(1))
                AddByShape(series, day, busiestHour: isWeekend ? 0.15 : 0.6, patienceMinutes: 8 * 60);
        }

        return [.. _jobs.OrderBy(static job => job.Arrival).ThenBy(static job => job.Series, StringComparer.Ordinal).Select(static (job, index) => job with { Id = index })];
    }

    private void AddSweeps(int day)
    {
        for (int sweeps = _random.Next(1, 4); sweeps > 0; sweeps--)
        {
            SeriesShape series = SeriesShape.Sweeps[_random.Next(SeriesShape.Sweeps.Count)];
            double start = 9.5 + (8 * _random.NextDouble());
            for (int trials = _random.Next(8, 25); trials > 0; trials--)
                Add(series, Hour(day, start) + TimeSpan.FromSeconds(_random.Next(30)), until: null, patienceMinutes: 12 * 60);
        }
    }

    private void AddByShape(SeriesShape series, int day, double busiestHour, double patienceMinutes)
    {
        for (int hour = 0; hour < 24; hour++)
        {
            double at = Exponential(1 / (busiestHour * DailyShape[hour]));
            for (; at < 1; at += Exponential(1 / (busiestHour * DailyShape[hour])))
                Add(series, Hour(day, hour + at), until: null, patienceMinutes);
        }
    }

    // Sessions: some calls, with time to think between them.
    private void AddNotebook(SeriesShape series, int day)
    {
        for (int sessions = _random.Next(0, 4); sessions > 0; sessions--)
        {
            TimeSpan at = Hour(day, 8.5 + (9 * _random.NextDouble()));
            for (int calls = _random.Next(3, 15); calls > 0; calls--)
            {
                Job call = Add(series, at, until: null, patienceMinutes: 10);
                at += call.Duration + TimeSpan.FromMinutes(Exponential(6));
            }
        }
    }

    private Job Add(SeriesShape series, TimeSpan arrival, TimeSpan? until, double patienceMinutes)
    {
        double minutes = Math.Min(series.Minutes * Spread(series.Spread), LongestMinutes);
        TimeSpan duration = TimeSpan.FromSeconds(Math.Max(5, Math.Round(minutes * 60)));
        TimeSpan came = TimeSpan.FromSeconds(Math.Round(arrival.TotalSeconds));
        Resources asked = Resources.Parse(gpu: series.Gpu.Length == 0 ? null : series.Gpu, cpus: series.Cpus, memory: series.Memory);
        var job = new Job
        {
            Id = 0,
            Kind = series.Kind,
            Series = series.Name,
            Arrival = came,
            Asked = asked,
            Accelerators = series.Accelerators,
            Cores = Math.Round(Math.Clamp(series.Cores * Spread(0.1), 0.5, asked.Cpus!.Value.Value), 1),
            Memory = Math.Round(Math.Clamp(series.UsedMemory * Spread(0.15), 0.5, asked.Memory!.Value.Value), 1),
            Duration = duration,
            Snapshot = series.SnapshotMinutes is { } snapshot ? TimeSpan.FromMinutes(snapshot) : null,
            Deadline = until ?? came + duration + TimeSpan.FromMinutes(patienceMinutes) + (patienceMinutes > 60 ? duration : TimeSpan.Zero),
        };
        _jobs.Add(job);
        return job;
    }

    private static TimeSpan Hour(int day, double hour) => TimeSpan.FromHours((24 * day) + hour);

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());

    // Log-normal around 1.
    private double Spread(double deviation)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return Math.Exp(deviation * normal);
    }
}
