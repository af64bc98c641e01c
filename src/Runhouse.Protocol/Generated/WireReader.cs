using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MessagePack;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Generated;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote. Malformed input throws, and not always the same type: the format's own reader, the
/// constructors of the values (<see cref="DateTime"/>, <see cref="Uri"/>) and those of the application throw their own. So whoever
/// begins to decode catches everything around it and hands it to <see cref="Translate(Exception)"/>. No count that a header announces exceeds the
/// bytes that are left, so that memory for that many values may be allocated at once.
/// </summary>
public ref partial struct WireReader
{
    private readonly WireLimits _limits;
    private readonly IReferenceReader? _references;
    private readonly bool _isPlain;
    private MessagePackReader _reader;
    private int _depth;

    // In plain form, where the value begins that is being read, for messages.
    private long _valueAt;

    /// <summary>Begins to read.</summary>
    /// <param name="bytes">The bytes of the body.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="references">Finds references by their ids; null where none may stand.</param>
    /// <param name="isPlain">Whether values are in plain form (<see cref="ObjectForm.Plain"/>).</param>
    public WireReader(ReadOnlyMemory<byte> bytes, WireLimits limits, IReferenceReader? references = null, bool isPlain = false)
    {
        _isPlain = isPlain;
        _limits = limits;
        _references = references;
        _reader = new MessagePackReader(bytes);
    }

    /// <summary>Of arguments in plain form, the parameters that they are for, whose names messages say.</summary>
    internal IReadOnlyList<RemoteParameter>? Parameters { get; init; }

    /// <summary>Whether everything has been read.</summary>
    public readonly bool End => _reader.End;

    /// <summary>The number of bytes read so far.</summary>
    public readonly long Consumed => _reader.Consumed;

    /// <summary>Takes a null if one is next.</summary>
    public bool TryReadNil() => _reader.TryReadNil();

    /// <summary>Reads a reference, or null.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="readValue">Reads the value when it is fetched; null when its type cannot travel.</param>
    public RemoteRef<T>? ReadReference<T>(WireRead<T>? readValue)
        => _reader.TryReadNil() ? null : _isPlain ? throw NoReference<T>() : (_references ?? throw Malformed("a reference where none may stand")).Read(_reader.ReadUInt64(), readValue);

    /// <summary>Begins an object; ends with <see cref="EndObject"/>.</summary>
    /// <param name="form">How this object is laid out.</param>
    /// <returns>The number of its members.</returns>
    public int BeginObject(out ObjectForm form)
    {
        Enter();
        if (_isPlain)
            Expect(MessagePackType.Map, "an object");
        form = _reader.NextMessagePackType == MessagePackType.Map ? ObjectForm.Map : ObjectForm.Array;
        return form == ObjectForm.Map ? Checked(_reader.ReadMapHeader()) : Checked(_reader.ReadArrayHeader());
    }

    /// <summary>Goes to the next member of an object: which of the known ones it is, or a number that is none of theirs.</summary>
    /// <param name="form">How the object is laid out.</param>
    /// <param name="position">The number of members before it.</param>
    /// <param name="names">The names of the known ones, with commas between them.</param>
    public int ReadMember(ObjectForm form, int position, ReadOnlySpan<byte> names)
    {
        if (form == ObjectForm.Array)
            return position;
        if (_isPlain)
            _valueAt = _reader.Consumed;
        ReadOnlySpan<byte> name = ReadMemberName();
        ReadOnlySpan<byte> all = names;
        for (int i = 0; names.Length > 0; i++)
        {
            int end = names.IndexOf((byte)',');
            if (names[..(end < 0 ? names.Length : end)].SequenceEqual(name))
                return i;
            names = end < 0 ? [] : names[(end + 1)..];
        }

        return _isPlain ? FindPlainMember(name, all) : -1;
    }

    /// <summary>Reads a member's name, of an object laid out as a map.</summary>
    public ReadOnlySpan<byte> ReadMemberName()
    {
        if (_reader.TryReadStringSpan(out ReadOnlySpan<byte> name))
            return name;
        return _reader.ReadStringSequence() is { } sequence ? sequence.ToArray() : default;
    }

    /// <summary>Passes over a value: a member that this side does not know.</summary>
    public void Skip()
    {
        // Not the format's own Skip: it recurses, and a hostile body may nest deeper than the stack.
        for (long left = 1; left > 0; left--)
        {
            switch (_reader.NextMessagePackType)
            {
                case MessagePackType.Array:
                    left += _reader.ReadArrayHeader();
                    break;
                case MessagePackType.Map:
                    left += 2L * _reader.ReadMapHeader();
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Ends the object begun last.</summary>
    public void EndObject() => _depth--;

    /// <summary>Begins a list; ends with <see cref="EndArray"/>.</summary>
    /// <returns>The number of its values.</returns>
    public int BeginArray()
    {
        Enter();
        if (_isPlain)
            Expect(MessagePackType.Array, "a list");
        return Checked(_reader.ReadArrayHeader());
    }

    /// <summary>Ends the list begun last.</summary>
    public void EndArray() => _depth--;

    /// <summary>Begins a map; ends with <see cref="EndMap"/>.</summary>
    /// <returns>The number of its pairs.</returns>
    public int BeginMap()
    {
        Enter();
        if (_isPlain)
            Expect(MessagePackType.Map, "an object");
        return Checked(_reader.ReadMapHeader());
    }

    /// <summary>Ends the map begun last.</summary>
    public void EndMap() => _depth--;

    /// <summary>Reads a value.</summary>
    public bool ReadBoolean() => _isPlain ? PlainBoolean() : _reader.ReadBoolean();

    /// <summary>Reads a value.</summary>
    public byte ReadByte() => _isPlain ? PlainNumber<byte>() : _reader.ReadByte();

    /// <summary>Reads a value.</summary>
    public sbyte ReadSByte() => _isPlain ? PlainNumber<sbyte>() : _reader.ReadSByte();

    /// <summary>Reads a value.</summary>
    public short ReadInt16() => _isPlain ? PlainNumber<short>() : _reader.ReadInt16();

    /// <summary>Reads a value.</summary>
    public ushort ReadUInt16() => _isPlain ? PlainNumber<ushort>() : _reader.ReadUInt16();

    /// <summary>Reads a value.</summary>
    public int ReadInt32() => _isPlain ? PlainNumber<int>() : _reader.ReadInt32();

    /// <summary>Reads a value.</summary>
    public uint ReadUInt32() => _isPlain ? PlainNumber<uint>() : _reader.ReadUInt32();

    /// <summary>Reads a value.</summary>
    public long ReadInt64() => _isPlain ? PlainNumber<long>() : _reader.ReadInt64();

    /// <summary>Reads a value.</summary>
    public ulong ReadUInt64() => _isPlain ? PlainNumber<ulong>() : _reader.ReadUInt64();

    /// <summary>Reads a value.</summary>
    public Int128 ReadInt128()
    {
        if (_isPlain)
            return PlainNumber<Int128>();
        Span<byte> bytes = stackalloc byte[16];
        ReadFixed(bytes);
        return BinaryPrimitives.ReadInt128LittleEndian(bytes);
    }

    /// <summary>Reads a value.</summary>
    public UInt128 ReadUInt128()
    {
        if (_isPlain)
            return PlainNumber<UInt128>();
        Span<byte> bytes = stackalloc byte[16];
        ReadFixed(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    /// <summary>Reads a value.</summary>
    public Half ReadHalf() => _isPlain ? PlainNumber<Half>() : BitConverter.UInt16BitsToHalf(_reader.ReadUInt16());

    /// <summary>Reads a value.</summary>
    public float ReadSingle() => _isPlain ? PlainNumber<float>() : _reader.ReadSingle();

    /// <summary>Reads a value.</summary>
    public double ReadDouble() => _isPlain ? PlainNumber<double>() : _reader.ReadDouble();

    /// <summary>Reads a value.</summary>
    public char ReadChar() => _isPlain ? PlainChar() : (char)_reader.ReadUInt16();

    /// <summary>Reads a value.</summary>
    public decimal ReadDecimal()
    {
        if (_isPlain)
            return PlainNumber<decimal>();
        Span<int> parts = stackalloc int[4];
        ReadFixed(MemoryMarshal.AsBytes(parts));
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(parts, parts);
        return new decimal(parts);
    }

    /// <summary>Reads a value.</summary>
    public string? ReadString()
    {
        if (_isPlain)
            return _reader.TryReadNil() ? null : PlainText("a text");
        if (_reader.NextMessagePackType != MessagePackType.Binary)
            return _reader.ReadString();

        // A surrogate without a partner: the text travelled as UTF-16.
        ReadOnlySequence<byte> utf16 = _reader.ReadBytes().GetValueOrDefault();
        if (utf16.Length % 2 != 0)
            throw Malformed($"a text of {utf16.Length} bytes does not hold whole characters");
        return string.Create((int)(utf16.Length / 2), utf16, static (text, bytes) => bytes.CopyTo(MemoryMarshal.AsBytes(text)));
    }

    /// <summary>Reads a value.</summary>
    public Uri? ReadUri() => ReadString() is { } text ? new Uri(text, UriKind.RelativeOrAbsolute) : null;

    /// <summary>Reads a value.</summary>
    public Version? ReadVersion() => ReadString() is not { } text ? null : _isPlain ? PlainVersion(text) : Version.Parse(text);

    /// <summary>Reads a value.</summary>
    public Guid ReadGuid()
    {
        if (_isPlain)
            return PlainValue<Guid>("a GUID");
        Span<byte> bytes = stackalloc byte[16];
        ReadFixed(bytes);
        return new Guid(bytes);
    }

    /// <summary>Reads a value.</summary>
    public DateTime ReadDateTime()
    {
        if (_isPlain)
            return PlainDateTime();
        ReadPairHeader();
        return new DateTime(_reader.ReadInt64(), (DateTimeKind)_reader.ReadByte());
    }

    /// <summary>Reads a value.</summary>
    public DateTimeOffset ReadDateTimeOffset()
    {
        if (_isPlain)
            return PlainDateTimeOffset();
        ReadPairHeader();
        return new DateTimeOffset(_reader.ReadInt64(), TimeSpan.FromMinutes(_reader.ReadInt16()));
    }

    /// <summary>Reads a value.</summary>
    public TimeSpan ReadTimeSpan() => _isPlain ? PlainValue<TimeSpan>("a time span, such as 1.02:03:04") : new(_reader.ReadInt64());

    /// <summary>Reads a value.</summary>
    public DateOnly ReadDateOnly() => _isPlain ? PlainValue<DateOnly>("a date, such as 2030-12-31") : DateOnly.FromDayNumber(_reader.ReadInt32());

    /// <summary>Reads a value.</summary>
    public TimeOnly ReadTimeOnly() => _isPlain ? PlainValue<TimeOnly>("a time, such as 23:59:59") : new(_reader.ReadInt64());

    /// <summary>Reads a value.</summary>
    public BigInteger ReadBigInteger() => _isPlain ? PlainNumber<BigInteger>() : new(_reader.ReadBytes().GetValueOrDefault().ToArray());

    /// <summary>Reads a value.</summary>
    public Complex ReadComplex()
    {
        ReadPairHeader();
        return new Complex(ReadDouble(), ReadDouble());
    }

    /// <summary>Reads a block of primitives; null where null was written.</summary>
    /// <typeparam name="T">The values' type.</typeparam>
    public T[]? ReadBlock<T>()
        where T : unmanaged
    {
        if (_isPlain)
            return PlainBlock<T>();
        if (_reader.ReadBytes() is not { } block)
            return null;
        if (block.Length % Unsafe.SizeOf<T>() != 0)
            throw Malformed($"a block of {block.Length} bytes does not hold whole {typeof(T).Name} values");
        var values = GC.AllocateUninitializedArray<T>((int)(block.Length / Unsafe.SizeOf<T>()));
        if (BitConverter.IsLittleEndian || Unsafe.SizeOf<T>() == 1)
            block.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else
            LittleEndian.Copy(block.ToArray(), values.AsSpan());

        // A boolean of another bit pattern is neither true nor false to compiled code.
        if (typeof(T) == typeof(bool) && MemoryMarshal.AsBytes(values.AsSpan()).ContainsAnyExceptInRange((byte)0, (byte)1))
            throw Malformed("a block of Boolean values holds something else");
        return values;
    }

    /// <summary>Reads the bytes that <see cref="WireWriter.WriteEncoded"/> embedded, without a copy where they lie in one piece.</summary>
    public ReadOnlyMemory<byte> ReadEncoded()
    {
        if (_isPlain)
            return PlainEncoded();
        ReadOnlySequence<byte> block = _reader.ReadBytes() ?? throw Malformed("null instead of an encoded value");
        return block.IsSingleSegment ? block.First : block.ToArray();
    }

    /// <summary>The error for whatever decoding threw: <paramref name="error"/> itself if it is of the type already.</summary>
    /// <param name="error">What was caught around the decoding.</param>
    public static RemoteException Translate(Exception error) => Translate(error, isPlain: false);

    /// <summary>Refuses the lengths of an array's dimensions unless they multiply to the number of its elements.</summary>
    /// <param name="count">The number of elements.</param>
    /// <param name="lengths">The lengths.</param>
    public static void CheckDimensions(int count, params ReadOnlySpan<int> lengths)
    {
        UInt128 product = 1;
        int longest = 0;
        foreach (int length in lengths)
        {
            if (length < 0)
                throw Malformed("a dimension of an array has a negative length");
            longest = Math.Max(longest, length);

            // Once over the limit it stays over it, unless a zero follows.
            product = product > int.MaxValue && length > 0 ? product : product * (uint)length;
        }

        // An empty array may be long in its other dimensions; it must not make the reader loop over them for nothing.
        if (product != (uint)count || (count == 0 && longest > ushort.MaxValue))
            throw Malformed("the lengths of an array's dimensions do not match the number of its elements");
    }

    /// <summary>The error for input that does not fit the type being read.</summary>
    /// <param name="what">What is wrong with it.</param>
    public static RemoteSerializationException Malformed(string what)
        => new($"The value cannot be read: {what}. Redeploy, so that caller and worker run the same build.");

    private void ReadFixed(scoped Span<byte> bytes)
    {
        ReadOnlySequence<byte> block = _reader.ReadBytes().GetValueOrDefault();
        if (block.Length != bytes.Length)
            throw Malformed($"{block.Length} bytes instead of {bytes.Length}");
        block.CopyTo(bytes);
    }

    private void ReadPairHeader()
    {
        if (_reader.ReadArrayHeader() is not 2 and var count)
            throw Malformed($"{count} values instead of 2");
    }

    private void Enter()
    {
        if (++_depth > _limits.MaxDepth)
            throw OverLimit($"it is nested more than {_limits.MaxDepth} levels deep", nameof(WireLimits.MaxDepth));
    }

    private readonly int Checked(int count) => count <= _limits.MaxCount ? count
        : throw OverLimit($"it announces {count} values, over the limit of {_limits.MaxCount}", nameof(WireLimits.MaxCount));

    private static RemoteSerializationException OverLimit(string what, string limit)
        => new($"The value cannot be read: {what}. {WireLimits.Advice(limit)}");
}
