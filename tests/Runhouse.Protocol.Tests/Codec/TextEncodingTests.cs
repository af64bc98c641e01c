using System.Buffers;
using CsCheck;
using MessagePack;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Tests.Codec;

/// <summary>A text is written as the format's own writer would, or not at all.</summary>
public sealed class TextEncodingTests
{
    // Around the lengths at which the header grows, and at which a text is looked at first.
    private static readonly Gen<int> Lengths = Gen.OneOf(Gen.Int[0, 40], Gen.Int[80, 90], Gen.Int[120, 130], Gen.Int[250, 260], Gen.Int[5_400, 5_500], Gen.Int[16_380, 16_390], Gen.Int[65_530, 65_540]);

    [Fact]
    public void A_well_formed_text_has_the_bytes_of_the_format() => Gen.Select(Lengths, Gen.OneOf("a", "ü", "€", "😀", "aü€😀")).Sample(
        (length, unit) =>
        {
            string text = Repeat(unit, length);
            var expected = new ArrayBufferWriter<byte>();
            var plain = new MessagePackWriter(expected);
            plain.Write(text);
            plain.Flush();
            Assert.True(TryWrite(text, out ReadOnlyMemory<byte> written));
            Assert.Equal(expected.WrittenMemory, written);
        },
        iter: 2_000);

    [Fact]
    public void Of_a_text_with_a_surrogate_that_lacks_its_partner_nothing_is_written() => Gen.Select(Lengths, Gen.Int[0, 100], Gen.OneOf('\ud83d', '\ude00')).Sample(
        (length, percent, lone) =>
        {
            string text = new('a', length);
            Assert.False(TryWrite(text.Insert(length * percent / 100, lone.ToString()), out ReadOnlyMemory<byte> written));
            Assert.True(written.IsEmpty);
        },
        iter: 500);

    private static bool TryWrite(string text, out ReadOnlyMemory<byte> written)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        bool isWritten = TextEncoding.TryWrite(ref writer, text);
        writer.Flush();
        written = output.WrittenMemory;
        return isWritten;
    }

    private static string Repeat(string unit, int length)
    {
        string text = string.Concat(Enumerable.Repeat(unit, (length / unit.Length) + 1))[..length];
        return text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
    }
}
