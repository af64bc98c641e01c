// Machine telemetry of a plant: tumbling and sliding windows, anomaly scores, alarms by a state machine, all over asynchronous streams.
using System.Runtime.CompilerServices;

namespace Corpus.TelemetryWindows;

public readonly record struct Sample(string Sensor, DateTimeOffset At, double Value);

public sealed record Window(string Sensor, DateTimeOffset From, TimeSpan Length, int Count, double Mean, double Deviation, double Minimum, double Maximum);

public sealed record Anomaly(string Sensor, DateTimeOffset At, double Value, double Score);

public enum AlarmState
{
    Normal,
    Suspicious,
    Raised,
    Acknowledged,
}

public enum AlarmTrigger
{
    Exceeded,
    Recovered,
    OperatorConfirmed,
}

public sealed record AlarmChange(string Sensor, AlarmState From, AlarmState To, DateTimeOffset At);

public sealed record DetectorOptions(TimeSpan Window, double Threshold = 4, int WarmUp = 30, TimeSpan? AllowedLateness = null);

/// <summary>Welford's running mean and variance.</summary>
internal struct RunningMoments
{
    private double _mean;
    private double _squares;

    public int Count { get; private set; }

    public double Minimum { get; private set; }

    public double Maximum { get; private set; }

    public readonly double Mean => _mean;

    public readonly double Deviation => Count < 2 ? 0 : Math.Sqrt(_squares / (Count - 1));

    public void Add(double value)
    {
        Count++;
        double difference = value - _mean;
        _mean += difference / Count;
        _squares += difference * (value - _mean);
        Minimum = Count == 1 ? value : Math.Min(Minimum, value);
        Maximum = Count == 1 ? value : Math.Max(Maximum, value);
    }
}

internal sealed class AlarmMachine(string sensor)
{
    private static readonly Dictionary<(AlarmState, AlarmTrigger), AlarmState> Transitions = new()
    {
        [(AlarmState.Normal, AlarmTrigger.Exceeded)] = AlarmState.Suspicious,
        [(AlarmState.Suspicious, AlarmTrigger.Exceeded)] = AlarmState.Raised,
        [(AlarmState.Suspicious, AlarmTrigger.Recovered)] = AlarmState.Normal,
        [(AlarmState.Raised, AlarmTrigger.OperatorConfirmed)] = AlarmState.Acknowledged,
        [(AlarmState.Raised, AlarmTrigger.Recovered)] = AlarmState.Suspicious,
        [(AlarmState.Acknowledged, AlarmTrigger.Recovered)] = AlarmState.Normal,
    };

    public AlarmState State { get; private set; }

    public AlarmChange? Fire(AlarmTrigger trigger, DateTimeOffset at)
    {
        if (!Transitions.TryGetValue((State, trigger), out AlarmState next))
            return null;
        var change = new AlarmChange(sensor, State, next, at);
        State = next;
        return change;
    }
}

public static class Windows
{
    /// <summary>Windows side by side; a sample that comes later than allowed is dropped.</summary>
    [Remote(Cpus = "2+")]
    public static async IAsyncEnumerable<Window> TumbleAsync(
        IAsyncEnumerable<Sample> samples, TimeSpan length, TimeSpan lateness, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var open = new SortedDictionary<(long Slot, string Sensor), RunningMoments>();
        DateTimeOffset watermark = DateTimeOffset.MinValue;
        await foreach (Sample sample in samples.WithCancellation(cancellationToken))
        {
            long slot = sample.At.UtcTicks / length.Ticks;
            watermark = sample.At > watermark ? sample.At : watermark;
            if (sample.At + length + lateness < watermark)
                continue;
            RunningMoments moments = open.GetValueOrDefault((slot, sample.Sensor));
            moments.Add(sample.Value);
            open[(slot, sample.Sensor)] = moments;
            foreach (var closed in open.TakeWhile(pair => End(pair.Key.Slot) + lateness < watermark).ToArray())
            {
                open.Remove(closed.Key);
                yield return Close(closed.Key.Sensor, closed.Key.Slot, closed.Value);
            }
        }

        foreach (((long slot, string sensor), RunningMoments moments) in open)
            yield return Close(sensor, slot, moments);

        DateTimeOffset End(long slot) => new((slot + 1) * length.Ticks, TimeSpan.Zero);

        Window Close(string sensor, long slot, RunningMoments moments)
            => new(sensor, new DateTimeOffset(slot * length.Ticks, TimeSpan.Zero), length, moments.Count, moments.Mean, moments.Deviation, moments.Minimum, moments.Maximum);
    }
}

[Remote]
public sealed class AnomalyDetector(DetectorOptions options)
{
    private readonly Dictionary<string, Queue<Sample>> _recent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AlarmMachine> _alarms = new(StringComparer.Ordinal);
    private readonly List<AlarmChange> _changes = [];

    public IReadOnlyList<AlarmChange> Changes
    {
        get
        {
            lock (_changes)
                return [.. _changes];
        }
    }

    public async IAsyncEnumerable<Anomaly> DetectAsync(IAsyncEnumerable<Sample> samples, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (Sample sample in samples.WithCancellation(cancellationToken))
        {
            double score = Score(sample);
            bool exceeds = score > options.Threshold;
            Fire(sample.Sensor, exceeds ? AlarmTrigger.Exceeded : AlarmTrigger.Recovered, sample.At);
            if (exceeds)
                yield return new Anomaly(sample.Sensor, sample.At, sample.Value, score);
        }
    }

    public Task<bool> AcknowledgeAsync(string sensor, DateTimeOffset at) => Task.FromResult(Fire(sensor, AlarmTrigger.OperatorConfirmed, at));

    /// <summary>The distance from the median in median absolute deviations, over a sliding window.</summary>
    private double Score(Sample sample)
    {
        if (!_recent.TryGetValue(sample.Sensor, out Queue<Sample>? recent))
            _recent.Add(sample.Sensor, recent = new Queue<Sample>());
        while (recent.TryPeek(out Sample oldest) && oldest.At < sample.At - options.Window)
            recent.Dequeue();
        double score = 0;
        if (recent.Count >= options.WarmUp)
        {
            double median = Median(recent.Select(static one => one.Value));
            double spread = Median(recent.Select(one => Math.Abs(one.Value - median)));
            score = Math.Abs(sample.Value - median) / Math.Max(1.4826 * spread, 1e-9);
        }

        recent.Enqueue(sample);
        return score;
    }

    private bool Fire(string sensor, AlarmTrigger trigger, DateTimeOffset at)
    {
        lock (_changes)
        {
            if (!_alarms.TryGetValue(sensor, out AlarmMachine? alarm))
                _alarms.Add(sensor, alarm = new AlarmMachine(sensor));
            if (alarm.Fire(trigger, at) is not { } change)
                return false;
            _changes.Add(change);
            return true;
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

public sealed class ControlRoom(TimeProvider time)
{
    public async Task WatchAsync(IAsyncEnumerable<Sample> plant, CancellationToken cancellationToken)
    {
        await using AnomalyDetectorRemote detector = await AnomalyDetector.Remote.Named("plant-7").CreateAsync(new DetectorOptions(TimeSpan.FromMinutes(10)));
        await foreach (Anomaly anomaly in detector.DetectAsync(plant, cancellationToken))
        {
            // The operators read wall-clock time of their own plant.
            DateTimeOffset local = TimeZoneInfo.ConvertTime(anomaly.At, time.LocalTimeZone);
            Console.WriteLine($"{local:HH:mm:ss} {anomaly.Sensor}: {anomaly.Value:G5} (score {anomaly.Score:F1})");
        }

        foreach (AlarmChange change in await detector.GetChangesAsync(cancellationToken))
            Console.WriteLine($"{change.Sensor}: {change.From} > {change.To}");
    }

    public static async Task<IReadOnlyList<Window>> SummarizeAsync(IAsyncEnumerable<Sample> samples, CancellationToken cancellationToken)
    {
        var windows = new List<Window>();
        await foreach (Window window in Windows.TumbleAsync(samples, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10), cancellationToken))
            windows.Add(window);
        return windows;
    }
}
