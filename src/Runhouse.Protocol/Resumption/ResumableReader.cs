using System.Buffers;
using System.IO.Pipelines;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// A session's input: reads from the carrier that there is, and waits for the next one when it breaks off. What had come of a frame that
/// was not complete is dropped with its carrier, and sent again. The carrier's own read is handed out: there is no layer between the wire
/// and the loop.
/// </summary>
/// <param name="transport">The session's transport.</param>
internal sealed class ResumableReader(ResumableTransport transport)
{
    /// <summary>How much may come before it is acknowledged.</summary>
    public const int AcknowledgeBytes = 64 * 1024;

    /// <summary>The same where memory that both sides share says it at once: then it only wakes a far side that has nothing to send or keeps all that it may, which is as much at least.</summary>
    public const int SharedAcknowledgeBytes = 256 * 1024;

    /// <summary>Less is not worth it when nothing more comes; the acknowledgements of the far side itself are much less.</summary>
    private const int IdleAcknowledgeBytes = 1024;

    private Carrier? _carrier;
    private long _length;
    private long _left;
    private long _received;
    private long _acknowledged;

    /// <summary>How much has been received and taken.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Whether there is a connection to read.</summary>
    public bool IsConnected => _carrier is not null;

    /// <summary>Whether reading it keeps the thread waiting.</summary>
    public bool Blocks => _carrier?.Input is IBlockingReader;

    /// <summary>Told how much has been received, from time to time.</summary>
    public Action<long>? Acknowledge { get; set; }

    /// <summary>Waits for a connection, the first one or the next; false when there is none any more.</summary>
    public async ValueTask<bool> NextAsync()
    {
        while (await transport.NextCarrierAsync().ConfigureAwait(false) is { } carrier)
        {
            if (!carrier.TryBeginRead())
                continue;
            (_carrier, _left) = (carrier, 0);
            if (carrier.Input is BlockingSocketReader socket)
            {
                socket.Idle = () =>
                {
                    AcknowledgeFrom(IdleAcknowledgeBytes);
                    (carrier.Output as BlockingSocketWriter)?.Rest();
                };
            }

            return true;
        }

        return false;
    }

    /// <summary>Reads from the connection.</summary>
    public ValueTask<ReadResult> ReadAsync() => _carrier!.Input.ReadAsync();

    /// <summary>Looks at what a read brought; false when it was the end of the connection.</summary>
    /// <param name="read">What came.</param>
    /// <param name="failure">What the read threw; null when it brought something.</param>
    public bool TryTake(in ReadResult read, Exception? failure)
    {
        Carrier carrier = _carrier!;
        if (failure is null)
        {
            if (transport.IsStopped || (!carrier.IsDead && (!read.IsCompleted || read.Buffer.Length > _left)))
            {
                carrier.Reads++;
                _length = read.Buffer.Length;
                return true;
            }

            carrier.Input.AdvanceTo(read.Buffer.Start);
        }

        Complete();
        transport.OnFailed(carrier, failure);
        return false;
    }

    /// <summary>Says how much of what came has been taken and looked at.</summary>
    /// <param name="rest">What is left of it.</param>
    public void AdvanceTo(in ReadOnlySequence<byte> rest)
    {
        _left = rest.Length;
        _carrier!.Input.AdvanceTo(rest.Start, rest.End);
        Volatile.Write(ref _received, _received + _length - _left);
        bool isShared = _carrier.Input is BlockingSocketReader socket && socket.TryAcknowledge(_received);
        AcknowledgeFrom(isShared ? SharedAcknowledgeBytes : AcknowledgeBytes);
    }

    /// <summary>Stops the read that is under way, for good.</summary>
    public void CancelPendingRead() => transport.StopReading();

    /// <summary>Leaves the connection.</summary>
    public void Complete()
    {
        Carrier? carrier = _carrier;
        _carrier = null;
        carrier?.EndRead();
    }

    private void AcknowledgeFrom(int bytes)
    {
        if (_received - _acknowledged < bytes)
            return;
        _acknowledged = _received;
        Acknowledge?.Invoke(_received);
    }
}
