namespace Runhouse;

/// <summary>What the leased machines of a cluster cost, by the prices of the catalogue.</summary>
/// <param name="Machine">What each machine is.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Since">Since when they are leased.</param>
/// <param name="Time">For how long.</param>
public sealed record ClusterCost(Candidate Machine, int Count, DateTimeOffset Since, TimeSpan Time)
{
    /// <summary>What an hour of all of them costs, in US dollars; null when the price is not known.</summary>
    public decimal? AnHour => Machine.Price * Count;

    /// <summary>What they have cost so far, in US dollars; null when the price is not known.</summary>
    public decimal? SoFar => AnHour is { } hour ? decimal.Round(hour * (decimal)Time.TotalHours, 4) : null;

    /// <summary>What they cost in a month of 730 hours if they stay, in US dollars; null when the price is not known.</summary>
    public decimal? AMonth => AnHour * 730;
}
