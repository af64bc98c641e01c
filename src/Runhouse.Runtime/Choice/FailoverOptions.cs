namespace Runhouse.Runtime.Choice;

/// <summary>How long a provider that wants fewer requests is waited for.</summary>
internal sealed record FailoverOptions
{
    /// <summary>The pause before a candidate is asked again, the first time; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause, where the provider does not name one itself.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long all pauses for one region may be together, and so how long it may hold up the others.</summary>
    public TimeSpan RegionBudget { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long all pauses may be together.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(5);
}
