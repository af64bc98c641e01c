namespace Runhouse;

/// <summary>Where remote code runs.</summary>
public enum RunhouseMode
{
    /// <summary>In a worker on a host.</summary>
    Remote,

    /// <summary>In this process; arguments and results still make the trip through the serializer. For unit tests.</summary>
    Inline,
}
