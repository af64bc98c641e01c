namespace Runhouse.Providers.Kubernetes;

/// <summary>A taint of nodes that pods tolerate.</summary>
/// <param name="Key">The taint's key.</param>
/// <param name="Value">Its value; null for any.</param>
/// <param name="Effect">Its effect, such as <c>NoSchedule</c>; null for all.</param>
internal sealed record PodToleration(string Key, string? Value, string? Effect)
{
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    /// <summary>Reads <c>KEY[=VALUE][:EFFECT]</c>, as <c>kubectl taint</c> writes it; null when it is something else.</summary>
    /// <param name="text">The text.</param>
    public static PodToleration? TryParse(string text)
    {
        string[] parts = text.Split(':');
        string[] pair = parts[0].Split('=');
        return pair is [{ Length: > 0 } key, ..] && pair.Length <= 2 && (parts.Length == 1 || (parts.Length == 2 && Effects.Contains(parts[1])))
            ? new PodToleration(key, pair.ElementAtOrDefault(1), parts.ElementAtOrDefault(1))
            : null;
    }
}
