namespace Runhouse;

/// <summary>Whether machines may be spot machines, which are cheaper and which the provider may take back at any time.</summary>
public enum SpotUse
{
    /// <summary>On-demand machines only.</summary>
    Never,

    /// <summary>Spot machines too, in the order of their price; on-demand ones where no spot machine is to be had.</summary>
    Allowed,

    /// <summary>Spot machines only.</summary>
    Only,
}
