using System.Buffers.Binary;
using System.Text;

namespace Runhouse.Worker.Hangs;

/// <summary>
/// Reads the stacks out of what <see cref="DiagnosticSession"/> gets: a stream of blocks in the runtime's format NetTrace, version 4
/// (NetTraceFormat.md in microsoft/perfview). Only what stacks need is read: the samples, their stacks, and where methods lie.
/// </summary>
internal sealed class TraceReader
{
    private const byte BeginObject = 5;
    private const byte NoObject = 1;
    private const byte EndObject = 6;
    private const int MethodEnd = 144;

    private readonly byte[] _bytes;
    private readonly Dictionary<int, (string Provider, int Event)> _events = [];
    private readonly Dictionary<int, ulong[]> _stacks = [];
    private readonly Dictionary<long, int> _lastStackOf = [];
    private readonly List<(ulong Start, ulong End, string Name)> _methods = [];
    private int _at;

    private TraceReader(byte[] bytes) => _bytes = bytes;

    /// <summary>The last stack of each thread, as the system numbers threads: innermost method first.</summary>
    /// <param name="trace">What the runtime wrote.</param>
    /// <exception cref="InvalidDataException">It is not in the expected format.</exception>
    public static IReadOnlyDictionary<long, string[]> Read(byte[] trace)
    {
        var reader = new TraceReader(trace);
        try
        {
            reader.ReadBlocks();
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"the runtime's report ends in the middle, at byte {reader._at} of {trace.Length}", exception);
        }

        reader._methods.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        return reader._lastStackOf.ToDictionary(static one => one.Key, one => reader._stacks.TryGetValue(one.Value, out ulong[]? addresses) ? reader.Names(addresses) : []);
    }

    private void ReadBlocks()
    {
        _at = "Nettrace"u8.Length;
        _at += sizeof(int) + Int32(_at);
        while (_bytes[_at] == BeginObject)
        {
            // Its type is an object of its own: begin, no type, two versions, the name, end.
            if (_bytes[_at + 1] != BeginObject || _bytes[_at + 2] != NoObject)
                throw new InvalidDataException("the runtime's report is in another format");
            int nameLength = Int32(_at + 11);
            string type = Encoding.UTF8.GetString(_bytes, _at + 15, nameLength);
            _at += 15 + nameLength + 1;
            if (type == "Trace")
            {
                _at += 48;
            }
            else
            {
                int size = Int32(_at);
                int begin = (_at + sizeof(int) + 3) & ~3;
                ReadBlock(type, begin, begin + size);
                _at = begin + size;
            }

            if (_bytes[_at++] != EndObject)
                throw new InvalidDataException($"the runtime's report has a block '{type}' of another size than it says");
        }
    }

    private void ReadBlock(string type, int begin, int end)
    {
        if (type == "StackBlock")
            ReadStacks(begin);
        else if (type is "MetadataBlock" or "EventBlock")
            ReadEvents(begin, end, type == "MetadataBlock");
    }

    private void ReadStacks(int at)
    {
        (int first, int count) = (Int32(at), Int32(at + 4));
        at += 8;
        for (int i = 0; i < count; i++)
        {
            int size = Int32(at);
            var addresses = new ulong[size / sizeof(ulong)];
            for (int frame = 0; frame < addresses.Length; frame++)
                addresses[frame] = UInt64(at + 4 + (frame * sizeof(ulong)));
            _stacks[first + i] = addresses;
            at += 4 + size;
        }
    }

    private void ReadEvents(int at, int end, bool isMetadata)
    {
        bool isCompressed = (_bytes[at + 2] & 1) != 0;
        if (!isCompressed)
            throw new InvalidDataException("the runtime's report has events in another format");
        at += BinaryPrimitives.ReadInt16LittleEndian(_bytes.AsSpan(at));
        int metadata = 0;
        int stack = 0;
        int size = 0;
        long thread = 0;
        while (at < end)
        {
            // What the flags leave out is as in the event before.
            byte flags = _bytes[at++];
            if ((flags & 1) != 0)
                metadata = (int)Variable(ref at);
            if ((flags & 2) != 0)
            {
                Variable(ref at);
                Variable(ref at);
                Variable(ref at);
            }

            if ((flags & 4) != 0)
                thread = (long)Variable(ref at);
            if ((flags & 8) != 0)
                stack = (int)Variable(ref at);
            Variable(ref at);
            at += ((flags & 16) != 0 ? 16 : 0) + ((flags & 32) != 0 ? 16 : 0);
            if ((flags & 128) != 0)
                size = (int)Variable(ref at);
            if (isMetadata)
                OnMetadata(at);
            else if (_events.TryGetValue(metadata & int.MaxValue, out (string Provider, int Event) known))
                OnEvent(known.Provider, known.Event, at, thread, stack);
            at += size;
        }
    }

    private void OnMetadata(int at)
    {
        int id = Int32(at);
        at += 4;
        string provider = Text(ref at);
        _events[id] = (provider, Int32(at));
    }

    private void OnEvent(string provider, int number, int at, long thread, int stack)
    {
        if (provider == "Microsoft-DotNETCore-SampleProfiler")
        {
            _lastStackOf[thread] = stack;
        }
        else if (provider == "Microsoft-Windows-DotNETRuntimeRundown" && number == MethodEnd)
        {
            // Method, module, address; size, token, flags; then the names.
            (ulong start, uint length) = (UInt64(at + 16), (uint)Int32(at + 24));
            at += 36;
            string type = Text(ref at);
            string method = Text(ref at);
            string signature = Text(ref at);
            int parameters = signature.IndexOf('(', StringComparison.Ordinal);
            _methods.Add((start, start + length, $"{type}.{method}{(parameters < 0 ? "" : signature[parameters..])}"));
        }
    }

    // What a caller goes on with may already be the next method's: the call is in front of it.
    private string[] Names(ulong[] addresses) => [.. addresses.Select((address, depth) => Name(depth == 0 ? address : address - 1))];

    private string Name(ulong address)
    {
        (int low, int high) = (0, _methods.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_methods[middle].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low > 0 && address < _methods[low - 1].End ? _methods[low - 1].Name : $"0x{address:x}";
    }

    private int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(at));

    private ulong UInt64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at));

    private ulong Variable(ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = _bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private string Text(ref int at)
    {
        int end = at;
        while (_bytes[end] != 0 || _bytes[end + 1] != 0)
            end += 2;
        string text = Encoding.Unicode.GetString(_bytes, at, end - at);
        at = end + 2;
        return text;
    }
}
