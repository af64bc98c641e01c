namespace Runhouse.Host.Preemption;

/// <summary>The notice that this machine is taken away.</summary>
/// <param name="EndsAt">When the machine is gone.</param>
/// <param name="IsTimeOver">Whether its time there is over, as was known when it was asked for; else somebody goes before.</param>
internal sealed record EndNotice(DateTimeOffset EndsAt, bool IsTimeOver = false);
