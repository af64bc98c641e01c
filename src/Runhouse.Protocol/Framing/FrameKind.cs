namespace Runhouse.Protocol.Framing;

/// <summary>What a frame is.</summary>
internal enum FrameKind : byte
{
    Hello = 1,
    Call = 2,
    Result = 3,
    Error = 4,
    Item = 5,
    Credit = 6,
    End = 7,
    Log = 8,
    Progress = 9,
    Cancel = 10,
    Ping = 11,
    GoAway = 12,
    Ack = 13,
}
