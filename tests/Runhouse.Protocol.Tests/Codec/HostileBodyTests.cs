using CsCheck;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Codec;

public class HostileBodyTests
{
    private delegate object? Reading(ref WireReader reader);

    private static readonly Reading[] Readings =
    [
        static (ref r) => r.ReadInt32(), static (ref r) => r.ReadUInt64(), static (ref r) => r.ReadHalf(), static (ref r) => r.ReadDecimal(),
        static (ref r) => r.ReadString(), static (ref r) => r.ReadUri(), static (ref r) => r.ReadVersion(), static (ref r) => r.ReadGuid(),
        static (ref r) => r.ReadDateTime(), static (ref r) => r.ReadDateTimeOffset(), static (ref r) => r.ReadDateOnly(),
        static (ref r) => r.ReadTimeOnly(), static (ref r) => r.ReadBigInteger(), static (ref r) => r.ReadComplex(),
        static (ref r) => r.ReadInt128(), static (ref r) => r.ReadBlock<bool>(), static (ref r) => r.ReadBlock<double>(),
        static (ref r) => r.ReadEncoded().Length, static (ref r) => r.ReadMemberName().Length,
        static (ref r) => Skip(ref r), static (ref r) => new object?[r.BeginArray()], static (ref r) => new object?[2 * r.BeginMap()],
        static (ref r) => new object?[r.BeginObject(out _)], static (ref r) => r.TryReadName(out DayOfWeek _), static (ref r) => r.ReadBlock<DayOfWeek>(),
        static (ref r) => JsonValues.Read(ref r),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Random_bytes_throw_nothing_that_is_not_translated_and_allocate_in_proportion(bool isPlain)
    {
        // What is made once and kept, such as the buffers of JSON, does not count.
        foreach (Reading reading in Readings)
            TryRead([0xa1, (byte)'a'], reading, isPlain);
        Gen.Select(Gen.Byte.Array[0, 64], Gen.Int[0, Readings.Length - 1]).Sample((bytes, which) => TryRead(bytes, Readings[which], isPlain) < 16 * 1024, iter: 50_000, threads: 1);
    }

    [Theory]
    [InlineData(0xdd)] // array of 2^28
    [InlineData(0xdf)] // map of 2^28
    [InlineData(0xc6)] // block of 2^28
    [InlineData(0xdb)] // text of 2^28
    [InlineData(0xc9)] // extension of 2^28
    public void An_announced_size_beyond_the_body_allocates_nothing(int header)
    {
        byte[] body = [(byte)header, 0x10, 0, 0, 0, 1, 2, 3];
        foreach (Reading reading in Readings)
        {
            Assert.InRange(TryRead(body, reading, isPlain: false), 0, 16 * 1024);
            Assert.InRange(TryRead(body, reading, isPlain: true), 0, 16 * 1024);
        }
    }

    [Fact]
    public void Nesting_deeper_than_the_stack_is_passed_over_or_refused_without_harm()
    {
        byte[] deep = new byte[4_000_000];
        Array.Fill(deep, (byte)0x91);
        deep[^1] = 0xc0;
        var skipping = new WireReader(deep, WireLimits.Default);
        skipping.Skip();
        Assert.True(skipping.End);
        var plain = new WireReader(deep, WireLimits.Default, isPlain: true);
        Assert.Equal(deep.Length, plain.ReadEncoded().Length);
        Action descend = () => Descend(deep);
        Assert.Contains("256 levels", Assert.Throws<RemoteSerializationException>(descend).Message, StringComparison.Ordinal);

        static void Descend(byte[] body)
        {
            var reader = new WireReader(body, WireLimits.Default);
            while (true)
                reader.BeginArray();
        }
    }

    [Fact]
    public void Values_outside_their_types_range_are_malformed()
    {
        AssertMalformed(static (ref w) => WritePair(ref w, long.MaxValue, 0), static (ref r) => r.ReadDateTime());
        AssertMalformed(static (ref w) => WritePair(ref w, -1, 0), static (ref r) => r.ReadDateTime());
        AssertMalformed(static (ref w) => WritePair(ref w, 0, 9), static (ref r) => r.ReadDateTime());
        AssertMalformed(static (ref w) => WritePair(ref w, 0, 30_000), static (ref r) => r.ReadDateTimeOffset());
        AssertMalformed(static (ref w) => w.WriteInt64(-1), static (ref r) => r.ReadTimeOnly());
        AssertMalformed(static (ref w) => w.WriteInt32(int.MaxValue), static (ref r) => r.ReadDateOnly());
        AssertMalformed(static (ref w) => w.WriteBlock<int>([1, 1, 1, int.MaxValue]), static (ref r) => r.ReadDecimal());
        AssertMalformed(static (ref w) => w.WriteBlock<byte>([1, 2, 3]), static (ref r) => r.ReadGuid());
        AssertMalformed(static (ref w) => w.WriteBlock<byte>([1, 2, 3]), static (ref r) => r.ReadString());
        AssertMalformed(static (ref w) => w.WriteBlock<byte>([1, 2, 3]), static (ref r) => r.ReadBlock<int>());
        AssertMalformed(static (ref w) => w.WriteBlock<byte>([0, 1, 2]), static (ref r) => r.ReadBlock<bool>());
        AssertMalformed(static (ref w) => w.WriteString("1.x"), static (ref r) => r.ReadVersion());
        AssertMalformed(static (ref w) => w.WriteString("http://[x"), static (ref r) => r.ReadUri());
        AssertMalformed(static (ref w) => w.WriteInt64(1L << 40), static (ref r) => r.ReadInt32());
    }

    private delegate void Writing(ref WireWriter writer);

    private static void WritePair(ref WireWriter writer, long first, int second)
    {
        writer.BeginArray(2);
        writer.WriteInt64(first);
        writer.WriteInt32(second);
        writer.EndArray();
    }

    private static void AssertMalformed(Writing write, Reading read)
    {
        using var body = new BodyBuffer();
        var writer = new WireWriter(body, ObjectForm.Array, 16);
        write(ref writer);
        writer.Flush();
        ReadOnlyMemory<byte> written = body.Written;
        Assert.Throws<RemoteSerializationException>(() => Decode(written, read));
    }

    private static object? Skip(ref WireReader reader)
    {
        reader.Skip();
        return null;
    }

    /// <summary>Decodes as every boundary does.</summary>
    private static object? Decode(ReadOnlyMemory<byte> body, Reading read, bool isPlain = false)
    {
        try
        {
            var reader = new WireReader(body, WireLimits.Default, isPlain: isPlain);
            return read(ref reader);
        }
        catch (Exception e)
        {
            throw WireReader.Translate(e, isPlain);
        }
    }

    /// <summary>Decodes and returns what was allocated for it, an error's own objects included.</summary>
    private static long TryRead(byte[] body, Reading read, bool isPlain)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _ = Decode(body, read, isPlain);
        }
        catch (RemoteSerializationException e)
        {
            Assert.True(isPlain || e.Message.Contains("Redeploy", StringComparison.Ordinal) || e.Message.Contains("as JSON", StringComparison.Ordinal), e.Message);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
