namespace Runhouse;

/// <summary>What leased machines of a cluster have cost, by the price of the catalogue when they were leased: the machines alone, without disks and traffic.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Provider">The provider.</param>
/// <param name="Region">The region.</param>
/// <param name="InstanceType">The type of the machines.</param>
/// <param name="IsSpot">Whether they were spot machines.</param>
/// <param name="Count">How many there were.</param>
/// <param name="AnHour">What an hour of all of them costs, in US dollars; null when the price was not known.</param>
/// <param name="From">Since when they ran.</param>
/// <param name="To">Until when.</param>
public sealed record LeaseCost(
    string Cluster, string Provider, string Region, string InstanceType, bool IsSpot, int Count, decimal? AnHour, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Whether they ended by themselves, at <see cref="To"/> or before, when they were found to have: what is said is the most that they can have cost.</summary>
    public bool IsAtMost { get; init; }

    /// <summary>Whether they run, and <see cref="To"/> is now.</summary>
    public bool IsRunning { get; init; }

    /// <summary>What they have cost, in US dollars; null when the price was not known.</summary>
    public decimal? Cost => CostBetween(From, To);

    /// <summary>What they have cost within a time, in US dollars; null when the price was not known.</summary>
    /// <param name="begin">The beginning of the time.</param>
    /// <param name="end">Its end.</param>
    public decimal? CostBetween(DateTimeOffset begin, DateTimeOffset end) => AnHour is { } hour ? decimal.Round(hour * (decimal)TimeBetween(begin, end).TotalHours, 4) : null;

    /// <summary>For how long they ran within a time.</summary>
    /// <param name="begin">The beginning of the time.</param>
    /// <param name="end">Its end.</param>
    public TimeSpan TimeBetween(DateTimeOffset begin, DateTimeOffset end)
    {
        TimeSpan time = (end < To ? end : To) - (begin > From ? begin : From);
        return time > TimeSpan.Zero ? time : TimeSpan.Zero;
    }
}
