using System.Diagnostics.Tracing;

namespace Runhouse.Protocol.Tests.Resumption;

/// <summary>What one thread holds of the shared pool's memory, as the pool itself tells it.</summary>
internal sealed class RentedMemory : EventListener
{
    [ThreadStatic]
    private static Dictionary<int, int>? _held;

    /// <summary>How many arrays the thread has rented since <see cref="Begin"/> and not returned.</summary>
    public static int Arrays => _held!.Values.Sum();

    /// <summary>How many bytes they have.</summary>
    [field: ThreadStatic]
    public static int Bytes { get; private set; }

    /// <summary>Whether an array has come back that the thread had not rented, or that had come back before.</summary>
    [field: ThreadStatic]
    public static bool HasStrangers { get; private set; }

    /// <summary>From now on the thread is watched.</summary>
    public static void Begin() => (_held, Bytes, HasStrangers) = ([], 0, false);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
            EnableEvents(eventSource, EventLevel.Verbose);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_held is not { } held || eventData.Payload is not [int array, int bytes, ..])
            return;
        int change = eventData.EventName switch
        {
            "BufferRented" => 1,
            "BufferReturned" => -1,
            _ => 0,
        };
        Bytes += change * bytes;
        held[array] = held.GetValueOrDefault(array) + change;
        HasStrangers |= held[array] < 0;
    }
}
