namespace Runhouse.Simulation.Cloud;

/// <summary>
/// What the clouds are like in one week: where and when there are no machines of a type, how long machines take to boot, when they die. It is a function of the seed, the
/// place and the time, and so the same for every strategy.
/// </summary>
/// <param name="seed">The seed.</param>
internal sealed class Weather(int seed)
{
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(21);
    private static readonly TimeSpan MeanLife = TimeSpan.FromDays(30);

    private readonly Dictionary<string, IReadOnlyList<(TimeSpan From, TimeSpan Until)>> _outages = new(StringComparer.Ordinal);

    /// <summary>Whether a zone has no such machine to give.</summary>
    /// <param name="candidate">The machine.</param>
    /// <param name="now">When.</param>
    public bool IsOut(Candidate candidate, TimeSpan now) => OutagesOf(candidate).Any(outage => outage.From <= now && now < outage.Until);

    /// <summary>When a spot machine is taken back: as soon as its zone has none left to give.</summary>
    /// <param name="candidate">The machine.</param>
    /// <param name="from">When it is made.</param>
    public TimeSpan TakenBackAt(Candidate candidate, TimeSpan from)
        => OutagesOf(candidate).Select(static outage => outage.From).FirstOrDefault(start => start > from, TimeSpan.MaxValue);

    /// <summary>When a machine dies by itself.</summary>
    /// <param name="machine">Its number.</param>
    /// <param name="from">When it is made.</param>
    public TimeSpan DiesAt(int machine, TimeSpan from) => from + Exponential(RandomOf($"life {machine}"), MeanLife);

    /// <summary>How long a machine takes from its creation until its host serves.</summary>
    /// <param name="candidate">The machine.</param>
    /// <param name="machine">Its number.</param>
    public TimeSpan BootTime(Candidate candidate, int machine)
    {
        double median = candidate.Offer.Accelerator is null ? 75 : 150;
        return TimeSpan.FromSeconds(median * (0.7 + (0.8 * RandomOf($"boot {machine}").NextDouble())));
    }

    /// <summary>Whether a type is not sold in a zone, which happens where new ones come late. In a zone whose price is listed it is.</summary>
    /// <param name="candidate">The machine.</param>
    public bool IsMissingInZone(Candidate candidate)
        => candidate.Offer.SpotPrice is null && RandomOf($"zone {candidate.Offer.Zone} {candidate.Offer.InstanceType}").NextDouble() < 0.25;

    // In turns: there are some, there are none. Accelerators run out more often than processors, and spot machines more often than others.
    private IReadOnlyList<(TimeSpan From, TimeSpan Until)> OutagesOf(Candidate candidate)
    {
        string pool = $"{candidate.Offer.Provider} {candidate.Offer.Region} {candidate.Offer.Zone} {candidate.Offer.InstanceType} {(candidate.IsSpot ? "spot" : "list")}";
        if (_outages.TryGetValue(pool, out IReadOnlyList<(TimeSpan, TimeSpan)>? known))
            return known;
        (double up, double down) = (candidate.Offer.Accelerator is not null, candidate.IsSpot) switch
        {
            (true, true) => (20.0, 3.0),
            (true, false) => (40.0, 2.0),
            (false, true) => (60.0, 2.0),
            (false, false) => (200.0, 1.0),
        };
        var outages = new List<(TimeSpan, TimeSpan)>();
        Random random = RandomOf(pool);
        TimeSpan at = Exponential(random, TimeSpan.FromHours(up));
        while (at < Horizon)
        {
            TimeSpan until = at + Exponential(random, TimeSpan.FromHours(down));
            outages.Add((at, until));
            at = until + Exponential(random, TimeSpan.FromHours(up));
        }

        return _outages[pool] = outages;
    }

    private static TimeSpan Exponential(Random random, TimeSpan mean) => mean * -Math.Log(1 - random.NextDouble());

    // FNV-1a: strings' own hashes differ between processes.
    private Random RandomOf(string what)
    {
        uint hash = 2166136261;
        foreach (char c in $"{seed} {what}")
            hash = (hash ^ c) * 16777619;
        return new Random((int)(hash & int.MaxValue));
    }
}
