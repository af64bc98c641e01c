namespace Runhouse.Providers.Aws;

/// <summary>How long EC2 is waited for.</summary>
internal sealed record AwsTiming
{
    /// <summary>The pause before machines are looked at again, the first time; each further one is half as long again.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long machines may take until they run and have an address. Large ones with accelerators take minutes.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long machines may take to be gone.</summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long it may take until what was made is seen by all of EC2's servers.</summary>
    public TimeSpan VisibleWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often machines are looked for that a create call may have made whose answer is lost: EC2 may not list them for seconds.</summary>
    public int Looks { get; init; } = 3;

    /// <summary>The pause between two of these looks.</summary>
    public TimeSpan LookPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a request that changes nothing, or nothing twice, is sent when there is no answer or the answer is "later".</summary>
    public int Tries { get; init; } = 4;

    /// <summary>How long a request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
