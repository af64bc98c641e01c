using System.Buffers;
using System.IO.Pipelines;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>What came over a channel and was not taken yet; no more than the channel's window. The writing side may be ended by either side.</summary>
internal sealed class ReceivedData
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Lock _gate = new();
    private bool _isComplete;

    /// <summary>Takes the data.</summary>
    public PipeReader Reader => _pipe.Reader;

    /// <summary>Adds data; never waits. Nothing is kept after the end.</summary>
    /// <param name="data">The data.</param>
    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_isComplete)
                return;
            _pipe.Writer.Write(data);

            // It has, always: there is no threshold at which the writer waits.
            ValueTask<FlushResult> flushed = _pipe.Writer.FlushAsync();
            if (flushed.IsCompleted)
                flushed.GetAwaiter().GetResult();
        }
    }

    /// <summary>No more data comes.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (!_isComplete)
                _pipe.Writer.Complete();
            _isComplete = true;
        }
    }
}
