using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>How long EC2 is waited for.</summary>
internal sealed record AwsTiming : CloudTiming
{
    /// <summary>How long it may take until what was made is seen by all of EC2's servers.</summary>
    public TimeSpan VisibleWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often machines are looked for that a create call may have made whose answer is lost: EC2 may not list them for seconds.</summary>
    public int Looks { get; init; } = 3;

    /// <summary>The pause between two of these looks.</summary>
    public TimeSpan LookPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether all of EC2's servers must know by now what was made when pauses began.</summary>
    /// <param name="pauses">The pauses.</param>
    public bool IsVisible(Pauses pauses) => pauses.Elapsed > VisibleWithin;
}
