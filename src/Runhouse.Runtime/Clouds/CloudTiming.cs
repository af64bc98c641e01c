namespace Runhouse.Runtime.Clouds;

/// <summary>How a cloud is asked again, and for how long it is waited for: what is the same in all.</summary>
public abstract record CloudTiming
{
    /// <summary>The pause before something is looked at again, the first time; each further one is half as long again.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long machines may take until they run and have an address. Large ones with accelerators take minutes.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long machines may take to be gone.</summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a request that changes nothing, or nothing twice, is sent when there is no answer or the answer is "later".</summary>
    public int Tries { get; init; } = 4;

    /// <summary>How long a request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
