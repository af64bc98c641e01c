namespace Runhouse.Protocol.Control;

/// <summary>What a worker thinks of a ticket.</summary>
public enum TicketVerdict
{
    /// <summary>It is good, and used from now on.</summary>
    Good,

    /// <summary>The host did not sign it.</summary>
    Refused,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It has been used.</summary>
    Used,
}
