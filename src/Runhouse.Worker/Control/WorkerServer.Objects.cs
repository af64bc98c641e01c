using Runhouse.Protocol.Control;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Control;

/// <content>What the host says of named objects.</content>
internal sealed partial class WorkerServer
{
    /// <summary>The host has given an object's name away, or deleted the object.</summary>
    /// <param name="id">The object.</param>
    public void DropObject(ulong id)
    {
        _kept.Drop(id);
        if (_objects.Find(id) is { Kept: { } kept } entry)
            _runner?.Leave(entry, kept, hasMoved: false);
        _objects.Drop(id);
    }

    /// <summary>Has the calls of an object wait, and its state kept.</summary>
    public async Task HoldAsync(HoldObject request)
        => _control.Send(new ObjectHeld(request.RequestId, await _kept.HoldAsync(request).ConfigureAwait(false)));

    /// <summary>An object that was held goes on, or is in another worker now.</summary>
    public void LetGo(LetObjectGo request)
    {
        if (_objects.Find(request.ObjectId) is not { Kept: { } kept } entry)
            return;
        if (!request.HasMoved)
        {
            _runner!.Open(entry, kept);
            return;
        }

        // Out of the table first: whoever comes now is told the same as those who waited.
        _objects.Move(request.ObjectId);
        _runner!.Leave(entry, kept, hasMoved: true);
    }

    /// <summary>Makes an object again that was in another worker.</summary>
    public async Task RestoreAsync(RestoreObject request)
    {
        // Not on this thread: constructors may block.
        string? error = await Task.Run(() => _kept.RestoreAsync(request, _runner!.Deployment)).ConfigureAwait(false);
        _control.Send(new ObjectRestored(request.RequestId, error));
    }
}
