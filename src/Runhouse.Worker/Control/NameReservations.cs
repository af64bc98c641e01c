using System.Collections.Concurrent;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Control;

/// <summary>Asks the host for the names of remote objects: they are unique on a host, not only in this worker.</summary>
/// <param name="send">Sends a message to the host.</param>
internal sealed class NameReservations(Action<WorkerToHostMessage> send)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<NameReservation>> _waiting = [];
    private long _lastRequest;

    /// <summary>Reserves a name; the answer may be that it cannot be had.</summary>
    /// <param name="name">The name.</param>
    /// <param name="typeName">The full name of the object's type.</param>
    /// <param name="objectId">The object.</param>
    /// <param name="replace">Whether an object of that name is dropped.</param>
    /// <param name="construction">The file with what its constructor was called with; null for an object whose state is not kept.</param>
    public Task<NameReservation> ReserveAsync(string name, string typeName, ulong objectId, bool replace, string? construction)
    {
        long request = Interlocked.Increment(ref _lastRequest);
        var answer = new TaskCompletionSource<NameReservation>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request] = answer;
        send(new ReserveName(request, name, typeName, objectId, replace) { Construction = construction });
        return answer.Task;
    }

    /// <summary>Gives a name back.</summary>
    public void Release(string name, ulong objectId) => send(new ReleaseName(name, objectId));

    /// <summary>Takes the host's answer.</summary>
    public void Answer(NameReservation reservation)
    {
        if (_waiting.TryRemove(reservation.RequestId, out var answer))
            answer.SetResult(reservation);
    }
}
