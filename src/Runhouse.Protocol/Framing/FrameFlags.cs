namespace Runhouse.Protocol.Framing;

/// <summary>The flags of a frame.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>More chunks of this payload follow.</summary>
    More = 1,

    /// <summary>The first chunk of several: the length of the whole payload comes first, in eight bytes.</summary>
    Sized = 2,

    /// <summary>The answer to a ping.</summary>
    Reply = 4,
}
