using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using MessagePack;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Generated;

/// <content>
/// Values in plain form. They come from somebody who knows names and no types, so that each may be a text, and what does not fit says what is needed: there is
/// nothing to redeploy.
/// </content>
public ref partial struct WireReader
{
    /// <summary>Whether values are in plain form.</summary>
    internal readonly bool IsPlain => _isPlain;

    /// <summary>Takes an enum that is there by its name: in plain form, where it may be either. False for any other, which is its number.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value.</param>
    public bool TryReadName<T>(out T value)
        where T : struct, Enum
    {
        value = default;
        if (!_isPlain || _reader.NextMessagePackType != MessagePackType.String)
            return false;
        _valueAt = _reader.Consumed;
        string text = _reader.ReadString()!;
        return Enum.TryParse(text, ignoreCase: true, out value)
            ? true
            : throw Unfit($"'{text}' where one of {string.Join(", ", Enum.GetNames<T>())} is needed");
    }

    /// <summary>Refuses an object in plain form without a member that it needs: whoever wrote it knows no type that would have said so.</summary>
    /// <param name="isThere">Whether the member was there.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="at">Where the object begins (<see cref="Consumed"/>).</param>
    public void Require(bool isThere, string name, long at)
    {
        if (isThere || !_isPlain)
            return;
        string path = PlainPath.Of(_reader.Sequence, at, Parameters);
        path = path.Length > 0 ? $"{path}.{name}" : name;
        throw new RemoteSerializationException($"The value lacks '{path}', which cannot be left out or null.") { MemberPath = path };
    }

    /// <summary>The error for whatever decoding threw: <paramref name="error"/> itself if it is of the type already.</summary>
    /// <param name="error">What was caught around the decoding.</param>
    /// <param name="isPlain">Whether the values were in plain form.</param>
    internal static RemoteException Translate(Exception error, bool isPlain) => error as RemoteException ?? new RemoteSerializationException(
        $"The value cannot be read: {error.Message} {(isPlain ? "Correct the arguments." : "Redeploy, so that caller and worker run the same build.")}", error);

    /// <summary>Which type of value comes next, for what reads any.</summary>
    internal readonly MessagePackType NextType => _reader.NextMessagePackType;

    /// <summary>Reads the text of a number, or of what stands where one may.</summary>
    /// <param name="isNumber">Whether JSON takes it as a number.</param>
    internal string ReadNumberText(out bool isNumber)
    {
        isNumber = true;
        switch (_reader.NextMessagePackType)
        {
            case MessagePackType.Integer:
                return _reader.NextCode is (>= MessagePackCode.Int8 and <= MessagePackCode.Int64) or >= MessagePackCode.MinNegativeFixInt
                    ? _reader.ReadInt64().ToString(CultureInfo.InvariantCulture)
                    : _reader.ReadUInt64().ToString(CultureInfo.InvariantCulture);
            case MessagePackType.Float when _reader.NextCode == MessagePackCode.Float32:
                float single = _reader.ReadSingle();
                isNumber = float.IsFinite(single);
                return single.ToString("R", CultureInfo.InvariantCulture);
            case MessagePackType.Float:
                double number = _reader.ReadDouble();
                isNumber = double.IsFinite(number);
                return number.ToString("R", CultureInfo.InvariantCulture);
            default:
                return ReadExtension(out isNumber);
        }
    }

    /// <summary>Reads bytes.</summary>
    internal byte[] ReadBytes() => _reader.ReadBytes().GetValueOrDefault().ToArray();

    /// <summary>The error for a value that is not what is needed.</summary>
    /// <param name="what">What it is, and what is needed.</param>
    private readonly RemoteSerializationException Unfit(string what)
    {
        string path = PlainPath.Of(_reader.Sequence, _valueAt, Parameters);
        return new RemoteSerializationException($"The value does not fit: {what}{(path.Length > 0 ? $", in '{path}'" : "")}.") { MemberPath = path };
    }

    private RemoteSerializationException NoReference<T>()
    {
        _valueAt = _reader.Consumed;
        return Unfit($"a {ReferenceName.Of<T>()} cannot be given as JSON, as it belongs to the program that holds it");
    }

    private void Expect(MessagePackType type, string what)
    {
        _valueAt = _reader.Consumed;
        if (_reader.NextMessagePackType != type)
            throw Unfit($"{Found()} where {what} is needed");
    }

    private readonly string Found() => _reader.NextMessagePackType switch
    {
        MessagePackType.Nil => "null",
        MessagePackType.Boolean => "true or false",
        MessagePackType.String => "a text",
        MessagePackType.Array => "a list",
        MessagePackType.Map => "an object",
        MessagePackType.Binary => "bytes",
        _ => "a number",
    };

    // JSON is written in more than one case, and a name that nothing has is a mistake of whoever wrote it.
    private readonly int FindPlainMember(ReadOnlySpan<byte> name, ReadOnlySpan<byte> names)
    {
        string[] all = Encoding.UTF8.GetString(names).Split(',');
        string wanted = Encoding.UTF8.GetString(name);
        int found = Array.FindIndex(all, one => string.Equals(one, wanted, StringComparison.OrdinalIgnoreCase));
        return found >= 0 ? found : throw Unfit($"there is no member '{wanted}' among {string.Join(", ", all)}");
    }

    /// <summary>The text of a value that is one or has one: the next one, which is a text or a number.</summary>
    private string PlainScalar(string what)
    {
        _valueAt = _reader.Consumed;
        switch (_reader.NextMessagePackType)
        {
            case MessagePackType.String:
                return _reader.ReadString()!;
            case MessagePackType.Integer or MessagePackType.Float or MessagePackType.Extension:
                return ReadNumberText(out _);
            default:
                throw Unfit($"{Found()} where {what} is needed");
        }
    }

    // What is no number of ours is another program's: MessagePack's own time stamp, or bytes.
    private string ReadExtension(out bool isNumber)
    {
        ExtensionHeader header = _reader.ReadExtensionFormatHeader();
        if (header.TypeCode == ReservedMessagePackExtensionTypeCode.DateTime)
        {
            isNumber = false;
            return _reader.ReadDateTime(header).ToString("O", CultureInfo.InvariantCulture);
        }

        ReadOnlySequence<byte> data = _reader.ReadRaw(header.Length);
        string text = Encoding.UTF8.GetString(data);
        isNumber = header.TypeCode == PlainNumbers.TypeCode && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return header.TypeCode == PlainNumbers.TypeCode ? text : Convert.ToBase64String(data.ToArray());
    }

    private string PlainText(string what)
    {
        Expect(MessagePackType.String, what);
        return _reader.ReadString()!;
    }

    private T PlainNumber<T>()
        where T : struct, INumberBase<T>
    {
        if (_reader.TryReadNil())
            return default;
        bool isWhole = typeof(T) != typeof(float) && typeof(T) != typeof(double) && typeof(T) != typeof(Half) && typeof(T) != typeof(decimal);
        string what = isWhole ? "a whole number" : "a number";
        string text = PlainScalar(what);

        // A short text could ask for a number without end.
        NumberStyles style = typeof(T) == typeof(BigInteger) ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        return T.TryParse(text, style, CultureInfo.InvariantCulture, out T value) ? value : throw Unfit($"'{text}' where {what} is needed ({typeof(T).Name})");
    }

    private T PlainValue<T>(string what)
        where T : struct, ISpanParsable<T>
    {
        if (_reader.TryReadNil())
            return default;
        string text = PlainText(what);
        return T.TryParse(text, CultureInfo.InvariantCulture, out T value) ? value : throw Unfit($"'{text}' where {what} is needed");
    }

    private bool PlainBoolean()
    {
        if (_reader.NextMessagePackType == MessagePackType.Boolean)
            return _reader.ReadBoolean();
        if (_reader.TryReadNil())
            return false;
        string text = PlainText("true or false");
        return bool.TryParse(text, out bool value) ? value : throw Unfit($"'{text}' where true or false is needed");
    }

    private readonly Version PlainVersion(string text)
        => Version.TryParse(text, out Version? version) ? version : throw Unfit($"'{text}' where a version is needed, such as 1.2.3");

    private char PlainChar()
    {
        if (_reader.TryReadNil())
            return default;
        string text = PlainText("a character");
        return text.Length == 1 ? text[0] : throw Unfit($"'{text}' where one character is needed");
    }

    private DateTime PlainDateTime()
    {
        const string What = "a date and time, such as 2030-12-31T23:59:59Z";
        if (_reader.TryReadNil())
            return default;
        string text = PlainText(What);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime value) ? value : throw Unfit($"'{text}' where {What} is needed");
    }

    private DateTimeOffset PlainDateTimeOffset()
    {
        const string What = "a date and time, such as 2030-12-31T23:59:59+01:00";
        if (_reader.TryReadNil())
            return default;

        // Without an offset it is universal time: this machine's own zone is not the writer's.
        string text = PlainText(What);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value)
            ? value
            : throw Unfit($"'{text}' where {What} is needed");
    }

    private T[]? PlainBlock<T>()
        where T : unmanaged
    {
        if (_reader.TryReadNil())
            return null;
        if (typeof(T) == typeof(byte) && _reader.NextMessagePackType is MessagePackType.String or MessagePackType.Binary)
            return (T[])(object)PlainBytes();
        Expect(MessagePackType.Array, typeof(T) == typeof(byte) ? "base64 or a list" : "a list");
        var values = new T[Checked(_reader.ReadArrayHeader())];
        for (int i = 0; i < values.Length; i++)
            values[i] = PlainElement<T>();
        return values;
    }

    private byte[] PlainBytes()
    {
        if (_reader.NextMessagePackType == MessagePackType.Binary)
            return ReadBytes();
        _valueAt = _reader.Consumed;
        string text = _reader.ReadString()!;
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int written) ? bytes[..written] : throw Unfit("a text that is not base64 where bytes are needed");
    }

    private T PlainElement<T>()
        where T : unmanaged
        => typeof(T).IsEnum ? PlainEnum<T>()
        : typeof(T) == typeof(bool) ? Unsafe.BitCast<bool, T>(ReadBoolean())
        : typeof(T) == typeof(char) ? Unsafe.BitCast<char, T>(ReadChar())
        : typeof(T) == typeof(byte) ? Unsafe.BitCast<byte, T>(ReadByte())
        : typeof(T) == typeof(sbyte) ? Unsafe.BitCast<sbyte, T>(ReadSByte())
        : typeof(T) == typeof(short) ? Unsafe.BitCast<short, T>(ReadInt16())
        : typeof(T) == typeof(ushort) ? Unsafe.BitCast<ushort, T>(ReadUInt16())
        : typeof(T) == typeof(int) ? Unsafe.BitCast<int, T>(ReadInt32())
        : typeof(T) == typeof(uint) ? Unsafe.BitCast<uint, T>(ReadUInt32())
        : typeof(T) == typeof(long) ? Unsafe.BitCast<long, T>(ReadInt64())
        : typeof(T) == typeof(ulong) ? Unsafe.BitCast<ulong, T>(ReadUInt64())
        : typeof(T) == typeof(Int128) ? Unsafe.BitCast<Int128, T>(ReadInt128())
        : typeof(T) == typeof(UInt128) ? Unsafe.BitCast<UInt128, T>(ReadUInt128())
        : typeof(T) == typeof(Half) ? Unsafe.BitCast<Half, T>(ReadHalf())
        : typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(ReadSingle())
        : typeof(T) == typeof(double) ? Unsafe.BitCast<double, T>(ReadDouble())
        : throw Unfit($"blocks of {typeof(T).Name} are not written as lists");

    [UnconditionalSuppressMessage("Trimming", "IL2090", Justification = "The names of an enum are kept with it.")]
    private T PlainEnum<T>()
        where T : unmanaged
    {
        string text = PlainScalar("a name of an enum");
        return Enum.TryParse(typeof(T), text, ignoreCase: true, out object? value)
            ? (T)value
            : throw Unfit($"'{text}' where one of {string.Join(", ", Enum.GetNames(typeof(T)))} is needed");
    }

    // As it is: it was not embedded as a block. Passed over by what does not recurse.
    private ReadOnlyMemory<byte> PlainEncoded()
    {
        SequencePosition begin = _reader.Position;
        Skip();
        ReadOnlySequence<byte> value = _reader.Sequence.Slice(begin, _reader.Position);
        return value.IsSingleSegment ? value.First : value.ToArray();
    }
}
