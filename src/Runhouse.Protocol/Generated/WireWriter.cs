using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MessagePack;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Generated;

/// <summary>
/// Writes values for the wire, in MessagePack. Generated code sees this type only and never MessagePack's own, so that an application
/// may bring another version of it. Call <see cref="Flush"/> behind the last value.
/// </summary>
public ref partial struct WireWriter
{
    private readonly BodyBuffer _output;
    private readonly int _maxDepth;
    private readonly int _maxCount;
    private readonly IReferenceWriter? _references;
    private readonly bool _isState;
    private MessagePackWriter _writer;
    private MemberPath _path;

    /// <summary>Begins to write.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="form">How objects are laid out.</param>
    /// <param name="limits">What the far side accepts, as far as this side knows: its own.</param>
    /// <param name="references">Makes the ids of references; null where none may stand: in items of streams and in reports.</param>
    public WireWriter(BodyBuffer output, ObjectForm form, WireLimits limits, IReferenceWriter? references = null)
        : this(output, form, limits.MaxDepth)
    {
        _maxCount = limits.MaxCount;
        _references = references;
    }

    /// <summary>For the state of an object: without references, and under a limit of its own.</summary>
    /// <param name="state">Where the state goes.</param>
    /// <param name="limits">What may be written.</param>
    internal WireWriter(BodyBuffer state, WireLimits limits)
        : this(state, ObjectForm.Map, limits) => _isState = true;

    /// <summary>The same without references, and for collections of any length.</summary>
    internal WireWriter(BodyBuffer output, ObjectForm form, int maxDepth)
    {
        _output = output;
        _maxDepth = maxDepth;
        _maxCount = int.MaxValue;
        _writer = new MessagePackWriter(output);
        _path = new MemberPath(output.MemberNames);
        Form = form;
    }

    /// <summary>How objects are laid out.</summary>
    public ObjectForm Form { get; }

    /// <summary>The path of the member being written, <c>config.Optimizer.Rate</c>.</summary>
    public readonly string Path => _path.ToString();

    /// <summary>Makes everything written so far visible in the buffer.</summary>
    public void Flush() => _writer.Flush();

    /// <summary>Begins an object; ends with <see cref="EndObject"/>.</summary>
    /// <param name="members">The number of members that follow, each behind a <see cref="Member"/>.</param>
    public void BeginObject(int members)
    {
        Enter(members);
        if (Form == ObjectForm.Array)
            _writer.WriteArrayHeader(members);
        else
            _writer.WriteMapHeader(members);
    }

    /// <summary>Announces the next member of the object begun last, or, outside of any object, the next argument.</summary>
    /// <param name="name">Its name: a UTF-8 literal, whose memory never moves.</param>
    public void Member(ReadOnlySpan<byte> name)
    {
        _path.Set(name);
        if (_path.Depth > 0 && Form != ObjectForm.Array)
            _writer.WriteString(name);
    }

    /// <summary>Ends the object begun last.</summary>
    public void EndObject() => _path.Leave();

    /// <summary>Begins a list of values; ends with <see cref="EndArray"/>.</summary>
    /// <param name="count">The number of values that follow.</param>
    public void BeginArray(int count)
    {
        Enter(count);
        _writer.WriteArrayHeader(count);
    }

    /// <summary>Ends the list begun last.</summary>
    public void EndArray() => _path.Leave();

    /// <summary>Begins a map of keys and values, written in turn; ends with <see cref="EndMap"/>.</summary>
    /// <param name="count">The number of pairs that follow.</param>
    public void BeginMap(int count)
    {
        Enter(count);
        _writer.WriteMapHeader(count);
    }

    /// <summary>Ends the map begun last.</summary>
    public void EndMap() => _path.Leave();

    /// <summary>Writes a reference: its id, while the value stays where it is.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="reference">The reference, or null.</param>
    /// <param name="writeValue">Writes the value when it is fetched; null when its type cannot travel.</param>
    public void WriteReference<T>(RemoteRef<T>? reference, WireWrite<T>? writeValue)
    {
        if (reference is null)
            _writer.WriteNil();
        else if (Form == ObjectForm.Plain)
            throw NoReference<T>();
        else if (_references is not null)
            _writer.Write(_references.Write(reference, writeValue, Form));
        else
            throw new RemoteSerializationException($"{What} is a {ReferenceName.Of<T>()}, which only arguments and results may hold. Send the value itself (await reference.FetchAsync()), or return the reference.") { MemberPath = Path };
    }

    /// <summary>Writes null.</summary>
    public void WriteNil() => _writer.WriteNil();

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteBoolean(bool value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteByte(byte value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteSByte(sbyte value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteInt16(short value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteUInt16(ushort value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteInt32(int value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteUInt32(uint value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteInt64(long value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteUInt64(ulong value) => _writer.Write(value);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteInt128(Int128 value)
    {
        if (Form == ObjectForm.Plain)
        {
            PlainNumber(value);
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, value);
        WriteBlock<byte>(bytes);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteUInt128(UInt128 value)
    {
        if (Form == ObjectForm.Plain)
        {
            PlainNumber(value);
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, value);
        WriteBlock<byte>(bytes);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteHalf(Half value)
    {
        if (Form == ObjectForm.Plain)
            WriteSingle((float)value);
        else
            _writer.Write(BitConverter.HalfToUInt16Bits(value));
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteSingle(float value)
    {
        if (Form == ObjectForm.Plain && !float.IsFinite(value))
            PlainText(value, null);
        else
            _writer.Write(value);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteDouble(double value)
    {
        if (Form == ObjectForm.Plain && !double.IsFinite(value))
            PlainText(value, null);
        else
            _writer.Write(value);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteChar(char value)
    {
        if (Form == ObjectForm.Plain)
            _writer.Write(value.ToString());
        else
            _writer.Write((ushort)value);
    }

    /// <summary>Writes a value: its four 32-bit parts, so that the scale survives.</summary><param name="value">The value.</param>
    public void WriteDecimal(decimal value)
    {
        if (Form == ObjectForm.Plain)
        {
            PlainNumber(value);
            return;
        }

        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        WriteBlock<int>(parts);
    }

    /// <summary>Writes a value. Surrogates without a partner survive: such a string travels as UTF-16.</summary><param name="value">The value.</param>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            _writer.WriteNil();
            return;
        }

        EnsureFits(value.Length);
        if (TextEncoding.TryWrite(ref _writer, value))
            return;
        if (Form == ObjectForm.Plain)
            _writer.WriteString(Encoding.UTF8.GetBytes(value));
        else
            _writer.Write(MemoryMarshal.AsBytes(value.AsSpan()));
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteUri(Uri? value) => WriteString(value?.OriginalString);

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteVersion(Version? value) => WriteString(value?.ToString());

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteGuid(Guid value)
    {
        if (Form == ObjectForm.Plain)
        {
            _writer.Write(value.ToString());
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        WriteBlock<byte>(bytes);
    }

    /// <summary>Writes a value: its ticks and its kind.</summary><param name="value">The value.</param>
    public void WriteDateTime(DateTime value)
    {
        if (Form == ObjectForm.Plain)
        {
            PlainText(value, "O");
            return;
        }

        _writer.WriteArrayHeader(2);
        _writer.Write(value.Ticks);
        _writer.Write((byte)value.Kind);
    }

    /// <summary>Writes a value: its ticks and its offset in minutes.</summary><param name="value">The value.</param>
    public void WriteDateTimeOffset(DateTimeOffset value)
    {
        if (Form == ObjectForm.Plain)
        {
            PlainText(value, "O");
            return;
        }

        _writer.WriteArrayHeader(2);
        _writer.Write(value.Ticks);
        _writer.Write((short)value.TotalOffsetMinutes);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteTimeSpan(TimeSpan value)
    {
        if (Form == ObjectForm.Plain)
            PlainText(value, "c");
        else
            _writer.Write(value.Ticks);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteDateOnly(DateOnly value)
    {
        if (Form == ObjectForm.Plain)
            PlainText(value, "O");
        else
            _writer.Write(value.DayNumber);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteTimeOnly(TimeOnly value)
    {
        if (Form == ObjectForm.Plain)
            PlainText(value, "O");
        else
            _writer.Write(value.Ticks);
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteBigInteger(BigInteger value)
    {
        if (Form == ObjectForm.Plain)
            PlainNumber(value);
        else
            _writer.Write(value.ToByteArray());
    }

    /// <summary>Writes a value.</summary><param name="value">The value.</param>
    public void WriteComplex(Complex value)
    {
        _writer.WriteArrayHeader(2);
        WriteDouble(value.Real);
        WriteDouble(value.Imaginary);
    }

    /// <summary>Writes primitives as one little-endian block.</summary>
    /// <typeparam name="T">A primitive number, <see cref="bool"/>, <see cref="char"/> or an enum.</typeparam>
    /// <param name="values">The values.</param>
    public void WriteBlock<T>(scoped ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (Form == ObjectForm.Plain)
        {
            PlainBlock(values);
            return;
        }

        long bytes = (long)values.Length * Unsafe.SizeOf<T>();
        EnsureFits(bytes);
        _writer.WriteBinHeader((int)bytes);
        Span<byte> block = _writer.GetSpan((int)bytes)[..(int)bytes];
        if (BitConverter.IsLittleEndian || Unsafe.SizeOf<T>() == 1)
            MemoryMarshal.AsBytes(values).CopyTo(block);
        else
            LittleEndian.Copy(values, block);
        _writer.Advance((int)bytes);
    }

    /// <summary>
    /// Embeds a value that a formatter of the application's own MessagePack wrote, as a block of its own.
    /// </summary>
    /// <param name="encoded">The bytes it wrote.</param>
    public void WriteEncoded(scoped ReadOnlySpan<byte> encoded)
    {
        if (Form == ObjectForm.Plain)
            Copy(encoded);
        else
            WriteBlock(encoded);
    }

    /// <summary>Throws when the nesting is too deep or the values are too many; called once per nested value.</summary>
    private void Enter(int count)
    {
        if (_path.Depth >= _maxDepth)
            ThrowTooDeep();
        if (count > _maxCount)
            ThrowTooMany(count);
        _path.Enter();
    }

    private readonly void EnsureFits(long bytes)
    {
        if (bytes > _output.MaxBytes - _output.Count)
            throw TooLarge(_output.MaxBytes);
    }
}
