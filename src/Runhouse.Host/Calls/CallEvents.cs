using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Calls;

/// <summary>The lines and reports of a detached call, kept in two files of a bounded size: of more than they hold, the latest stay.</summary>
/// <param name="path">The path of the newer file.</param>
/// <param name="maxBytes">How large a file becomes.</param>
internal sealed class CallEvents(string path, long maxBytes = 8 << 20) : IDisposable
{
    private readonly Lock _lock = new();
    private FileStream? _stream;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _generation;
    private long _last = -1;
    private long _dropped;
    private string _problem = "";
    private bool _isTorn;
    private bool _hasEnded;

    /// <summary>How many could not be written, so far, and why the last of them could not.</summary>
    public (long Count, string Reason) Dropped
    {
        get
        {
            lock (_lock)
                return (_dropped, _problem);
        }
    }

    /// <summary>Keeps one more. What cannot be written is counted, and lost: it is no reason to end the call.</summary>
    /// <param name="create">Makes it of its number.</param>
    public void Add(Func<long, CallEvent> create)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            try
            {
                if (_last < 0)
                    _last = LastKept();
                Write(JsonSerializer.SerializeToUtf8Bytes(create(_last + 1), ControlJson.Default.CallEvent));
                _last++;
            }
            catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
            {
                (_dropped, _problem, _isTorn) = (_dropped + 1, unwritten.Message, true);
                _stream?.Dispose();
                _stream = null;
            }

            Change();
        }
    }

    /// <summary>The call has ended: those who read along have all.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _stream?.Dispose();
            _stream = null;
            Change();
        }
    }

    /// <summary>Reads what is kept, each as a line of JSON.</summary>
    /// <param name="after">The number of the last one that is not wanted.</param>
    /// <param name="follow">Whether to go on with those that come, until the call has ended.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<string> ReadAsync(long after, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int generation = -1;
        long read = 0;
        while (true)
        {
            Task changed;
            bool isLast;
            var parts = new List<byte[]>();
            lock (_lock)
            {
                (changed, isLast) = (_changed.Task, !follow || _hasEnded);
                if (generation != _generation)
                {
                    // What was the newer file when this one read it is the older one by now.
                    parts.Add(Content(path + ".1", generation == _generation - 1 ? read : 0));
                    (generation, read) = (_generation, 0);
                }

                parts.Add(Content(path, read));
                read += parts[^1].Length;
            }

            foreach (string line in parts.SelectMany(static part => Encoding.UTF8.GetString(part).Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            {
                // The end of a host that was killed while it wrote is no line.
                if (NumberOf(line) is not { } number || number <= after)
                    continue;
                after = number;
                yield return line;
            }

            if (isLast)
                yield break;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static byte[] Content(string file, long from)
    {
        if (!File.Exists(file))
            return [];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[Math.Max(stream.Length - from, 0)];
        stream.Position = from;
        stream.ReadExactly(content);
        return content;
    }

    private static long? NumberOf(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.CallEvent)?.Number;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private long LastKept()
    {
        long last = 0;
        foreach (string file in (string[])[path + ".1", path])
        {
            if (File.Exists(file))
                last = File.ReadLines(file).Select(NumberOf).OfType<long>().Append(last).Max();
        }

        return last;
    }

    private void Write(byte[] json)
    {
        _stream ??= Open();
        if (_stream.Length > 0 && _stream.Length + json.Length >= maxBytes)
        {
            _stream.Dispose();
            File.Move(path, path + ".1", overwrite: true);
            _generation++;
            _stream = Open();
        }

        // Behind what may be the beginning of a line.
        _stream.Write(_isTorn ? [(byte)'\n', .. json, (byte)'\n'] : (byte[])[.. json, (byte)'\n']);
        _isTorn = false;
    }

    private FileStream Open()
    {
        HostFolders.CreatePrivate(Path.GetDirectoryName(path)!);
        return HostFolders.OpenPrivate(path, FileMode.Append, FileShare.ReadWrite | FileShare.Delete);
    }

    private void Change()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
