using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The streams and progress of one call, by index: 0 is its result, the arguments are numbered from 1. Never pooled, so that a frame that
/// comes late meets the call that it was meant for.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Holds no timer and no handle; cancelled at the end of the call, while others may still register.")]
internal sealed class CallStreams
{
    private readonly Lock _lock = new();
    private readonly List<object?> _byIndex = [];
    private readonly CancellationTokenSource _ended = new();
    private bool _hasEnded;

    /// <summary>Cancelled when the call has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether <see cref="End"/> has been called: it has not seen what is added from then on.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _hasEnded;
        }
    }

    /// <summary>Where progress is reported in order; null when the call has none.</summary>
    public SerialQueue? Reports { get; private set; }

    public void EnableReports() => Reports ??= new SerialQueue();

    public T? Find<T>(byte index)
        where T : class
    {
        lock (_lock)
            return index < _byIndex.Count ? _byIndex[index] as T : null;
    }

    public T GetOrAdd<T>(byte index, Func<T> create)
        where T : class
    {
        lock (_lock)
        {
            while (_byIndex.Count <= index)
                _byIndex.Add(null);
            if (_byIndex[index] is null)
                _byIndex[index] = create();
            return _byIndex[index] as T ?? throw new ProtocolViolationException($"argument {index} of a call is used as two kinds of stream");
        }
    }

    /// <summary>The call ended: nothing more is sent, and what is received fails.</summary>
    /// <param name="error">What those who still read get; null leaves them alone: the stream has its own end.</param>
    public void End(Exception? error)
    {
        object?[] all;
        lock (_lock)
        {
            _hasEnded = true;
            all = [.. _byIndex];
        }

        foreach (object? one in all)
        {
            if (one is StreamSender sender)
                sender.Stop();
            else if (one is ReportWindow window)
                window.Stop();
            else if (one is StreamReceiver receiver && error is not null)
                receiver.Abort(error);
        }

        // Asynchronous, because what is registered is the user's and this may be the read loop.
        _ = _ended.CancelAsync();
    }
}
