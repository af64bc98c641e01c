namespace Runhouse.Runtime.Choice;

/// <summary>Pauses within a budget: for each region its own growing ones, and all of them together no longer than the whole budget.</summary>
/// <param name="options">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="random">A number from 0 to 1, so that callers who failed together do not come back together.</param>
internal sealed class Backoff(FailoverOptions options, TimeProvider time, Func<double> random)
{
    private readonly Dictionary<(string, string), (TimeSpan Next, TimeSpan Spent)> _regions = [];

    /// <summary>How long all pauses were.</summary>
    public TimeSpan Spent { get; private set; }

    /// <summary>Waits before a candidate is asked again.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="asked">How long its provider wants it to be; null when it has not said.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>False, at once, when the budget does not have it.</returns>
    public async Task<bool> TryWaitAsync(Candidate candidate, TimeSpan? asked, CancellationToken cancellationToken)
    {
        (string, string) region = (candidate.Offer.Provider, candidate.Offer.Region);
        (TimeSpan next, TimeSpan spent) = _regions.GetValueOrDefault(region, (options.FirstPause, TimeSpan.Zero));
        TimeSpan own = next * (0.5 + (random() / 2));
        TimeSpan pause = asked > own ? asked.Value : own;
        if (spent + pause > options.RegionBudget || Spent + pause > options.Budget)
            return false;
        _regions[region] = (next * 2 < options.LongestPause ? next * 2 : options.LongestPause, spent + pause);
        Spent += pause;
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
