using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// The cancel frames among what a writer has just taken, by their calls: what waits is looked through once for all of them, not once for each.
/// </summary>
internal sealed class Cancellations
{
    /// <summary>Room for more is not kept: many at once are rare.</summary>
    private const int MostKept = 256;

    private readonly Dictionary<ulong, OutgoingFrame?> _byCall = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _byCall.Count == 0;

    /// <summary>Adds a cancel frame.</summary>
    /// <param name="cancel">The frame.</param>
    public void Add(OutgoingFrame cancel)
    {
        if (!_byCall.TryAdd(cancel.CallId, cancel))
            cancel.Return();
    }

    /// <summary>Drops a frame that waits if its call is cancelled; of a call that has not begun to be sent, the cancel frame is dropped too.</summary>
    /// <param name="frame">The frame.</param>
    public bool TryDrop(OutgoingFrame frame)
    {
        ref OutgoingFrame? cancel = ref CollectionsMarshal.GetValueRefOrNullRef(_byCall, frame.CallId);
        if (Unsafe.IsNullRef(ref cancel))
            return false;
        if (frame is { Kind: FrameKind.Call, Sent: 0 })
        {
            cancel?.Return();
            cancel = null;
        }

        while (frame.Followers?.TryDequeue(out OutgoingFrame? follower) == true)
            follower.Return();
        frame.Return();
        return true;
    }

    /// <summary>The cancel frames that must be sent; null in place of the others.</summary>
    public Dictionary<ulong, OutgoingFrame?>.ValueCollection All => _byCall.Values;

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _byCall.Clear();
        if (_byCall.Capacity > MostKept)
            _byCall.TrimExcess();
    }
}
