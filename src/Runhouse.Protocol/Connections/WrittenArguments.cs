using Runhouse.Protocol.Framing;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>The arguments of a call that may be made more than once.</summary>
/// <param name="Body">Their bytes.</param>
/// <param name="Attachments">Those that live while the call runs; null for none.</param>
/// <param name="References">The references among them; null for none.</param>
internal sealed record WrittenArguments(byte[] Body, List<CallAttachment>? Attachments, PassedReferences? References)
{
    /// <summary>Writes their bytes into a frame.</summary>
    /// <param name="frame">The frame.</param>
    public void CopyTo(OutgoingFrame frame)
    {
        if (Body.Length == 0)
            return;
        Body.CopyTo(frame.Body.GetSpan(Body.Length));
        frame.Body.Advance(Body.Length);
    }
}
