namespace Runhouse.Providers.Kubernetes;

/// <summary>How long Kubernetes is waited for.</summary>
internal sealed record KubernetesTiming
{
    /// <summary>The pause before something is looked at again, the first time; each further one is half as long again.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a pod may take to hear that it is taken down.</summary>
    public TimeSpan TellLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long pods may take to be gone.</summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromMinutes(5);
}
