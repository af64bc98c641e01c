using System.Buffers;

namespace Runhouse.Protocol.Framing;

/// <summary>Parses frames off the front of what has been received.</summary>
/// <param name="buffer">What has been received; what is left of it begins with an incomplete frame.</param>
internal delegate void FrameParser(ref ReadOnlySequence<byte> buffer);
