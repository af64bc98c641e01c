namespace Runhouse;

/// <summary>How something was found.</summary>
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It works, and may not do so for long, or not for everything.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Bad,
}
