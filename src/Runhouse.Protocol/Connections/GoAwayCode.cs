namespace Runhouse.Protocol.Connections;

/// <summary>Why a side ends a connection.</summary>
public enum GoAwayCode : ushort
{
    /// <summary>No reason beyond the end.</summary>
    Closing = 0,

    /// <summary>The ticket is not one that the worker's host signed.</summary>
    TicketRefused = 1,

    /// <summary>The ticket's time is over.</summary>
    TicketExpired = 2,

    /// <summary>The ticket has opened a connection before.</summary>
    TicketUsed = 3,

    /// <summary>The two sides have no version of the protocol in common.</summary>
    VersionUnsupported = 4,

    /// <summary>A frame broke the rules of the protocol.</summary>
    ProtocolError = 5,

    /// <summary>A frame, a body or a window is over its limit.</summary>
    LimitExceeded = 6,

    /// <summary>The worker finishes its calls and takes no new ones: connect anew.</summary>
    Draining = 7,

    /// <summary>The worker does not have the session: its grace period is over, or it is another worker's.</summary>
    SessionUnknown = 8,
}
