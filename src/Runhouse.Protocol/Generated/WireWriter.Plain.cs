using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MessagePack;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Generated;

/// <content>Values in plain form: as JSON has them.</content>
public ref partial struct WireWriter
{
    private const int LongestNumber = 64;

    /// <summary>Writes an enum by its name, in plain form and where it has one. False when its number is to be written.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="value">The value.</param>
    public bool TryWriteName<T>(T value)
        where T : struct, Enum
    {
        if (Form != ObjectForm.Plain)
            return false;
        string text = value.ToString();
        if (text.Length == 0 || char.IsAsciiDigit(text[0]) || text[0] == '-')
            return false;
        _writer.Write(text);
        return true;
    }

    /// <summary>Writes the text of a number as one.</summary>
    /// <param name="text">The number, as JSON has it.</param>
    internal void WriteNumber(scoped ReadOnlySpan<byte> text)
    {
        _writer.WriteExtensionFormatHeader(new ExtensionHeader(PlainNumbers.TypeCode, text.Length));
        Copy(text);
    }

    private void Copy(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_writer.GetSpan(bytes.Length));
        _writer.Advance(bytes.Length);
    }

    private readonly RemoteSerializationException NoReference<T>() => new(
        $"{What} is a {ReferenceName.Of<T>()}, which belongs to the program that called and cannot be written as JSON. Call a member that returns the value itself.")
    {
        MemberPath = Path,
    };

    private void PlainNumber<T>(T value)
        where T : IUtf8SpanFormattable
    {
        Span<byte> text = stackalloc byte[LongestNumber];
        if (value.TryFormat(text, out int written, default, CultureInfo.InvariantCulture))
            WriteNumber(text[..written]);
        else
            WriteNumber(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value}")));
    }

    private void PlainText<T>(T value, string? format)
        where T : IFormattable
        => _writer.Write(value.ToString(format, CultureInfo.InvariantCulture));

    private void PlainBlock<T>(scoped ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (typeof(T) == typeof(byte))
        {
            _writer.WriteBinHeader(values.Length);
            Copy(MemoryMarshal.AsBytes(values));
            return;
        }

        _writer.WriteArrayHeader(values.Length);
        foreach (T value in values)
            PlainElement(value);
    }

    private void PlainElement<T>(T value)
        where T : unmanaged
    {
        if (typeof(T).IsEnum)
            PlainEnum(value);
        else if (typeof(T) == typeof(bool))
            _writer.Write(Unsafe.BitCast<T, bool>(value));
        else if (typeof(T) == typeof(char))
            WriteChar(Unsafe.BitCast<T, char>(value));
        else if (typeof(T) == typeof(sbyte))
            _writer.Write(Unsafe.BitCast<T, sbyte>(value));
        else if (typeof(T) == typeof(short))
            _writer.Write(Unsafe.BitCast<T, short>(value));
        else if (typeof(T) == typeof(ushort))
            _writer.Write(Unsafe.BitCast<T, ushort>(value));
        else if (typeof(T) == typeof(int))
            _writer.Write(Unsafe.BitCast<T, int>(value));
        else if (typeof(T) == typeof(uint))
            _writer.Write(Unsafe.BitCast<T, uint>(value));
        else if (typeof(T) == typeof(long))
            _writer.Write(Unsafe.BitCast<T, long>(value));
        else if (typeof(T) == typeof(ulong))
            _writer.Write(Unsafe.BitCast<T, ulong>(value));
        else if (typeof(T) == typeof(Int128))
            WriteInt128(Unsafe.BitCast<T, Int128>(value));
        else if (typeof(T) == typeof(UInt128))
            WriteUInt128(Unsafe.BitCast<T, UInt128>(value));
        else if (typeof(T) == typeof(Half))
            WriteHalf(Unsafe.BitCast<T, Half>(value));
        else if (typeof(T) == typeof(float))
            WriteSingle(Unsafe.BitCast<T, float>(value));
        else if (typeof(T) == typeof(double))
            WriteDouble(Unsafe.BitCast<T, double>(value));
        else
            throw new NotSupportedException($"Blocks of {typeof(T)} are not written as lists.");
    }

    // An enum's name, or its number where it has none: as a text either way, which its reader takes.
    [UnconditionalSuppressMessage("Trimming", "IL2090", Justification = "The names of an enum are kept with it.")]
    private void PlainEnum<T>(T value)
        where T : unmanaged
    {
        string text = value.ToString()!;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            _writer.Write(number);
        else
            _writer.Write(text);
    }
}
