namespace Runhouse;

/// <summary>Something that was checked, and how it was found.</summary>
/// <param name="Subject">What was checked.</param>
/// <param name="Level">How it was found.</param>
/// <param name="Text">What was found.</param>
public sealed record Finding(string Subject, FindingLevel Level, string Text)
{
    /// <summary>What to do about it; null when nothing is to be done.</summary>
    public string? Remedy { get; init; }
}
