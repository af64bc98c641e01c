using System.Numerics;
using System.Text;
using CsCheck;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Codec;

public class WireRoundTripTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String, Gen.Char.Array[0, 40].Select(chars => new string(chars)), Gen.OneOf("", "\ud800", "\udc00x", "😀", "é\0", new string('ü', 100_000)));

    private enum Colour : short
    {
        None = -1,
        Red = short.MaxValue,
    }

    [Fact]
    public void Primitives_round_trip()
    {
        Check(Gen.Bool, static (ref w, v) => w.WriteBoolean(v), static (ref r) => r.ReadBoolean());
        Check(Gen.Byte, static (ref w, v) => w.WriteByte(v), static (ref r) => r.ReadByte());
        Check(Gen.SByte, static (ref w, v) => w.WriteSByte(v), static (ref r) => r.ReadSByte());
        Check(Gen.Short, static (ref w, v) => w.WriteInt16(v), static (ref r) => r.ReadInt16());
        Check(Gen.UShort, static (ref w, v) => w.WriteUInt16(v), static (ref r) => r.ReadUInt16());
        Check(Gen.Int, static (ref w, v) => w.WriteInt32(v), static (ref r) => r.ReadInt32());
        Check(Gen.UInt, static (ref w, v) => w.WriteUInt32(v), static (ref r) => r.ReadUInt32());
        Check(Gen.Long, static (ref w, v) => w.WriteInt64(v), static (ref r) => r.ReadInt64());
        Check(Gen.ULong, static (ref w, v) => w.WriteUInt64(v), static (ref r) => r.ReadUInt64());
        Check(Gen.Long.Select(v => (Int128)v * v * v), static (ref w, v) => w.WriteInt128(v), static (ref r) => r.ReadInt128());
        Check(Gen.ULong.Select(v => (UInt128)v * v), static (ref w, v) => w.WriteUInt128(v), static (ref r) => r.ReadUInt128());
        Check(Gen.UShort.Select(BitConverter.UInt16BitsToHalf), static (ref w, v) => w.WriteHalf(v), static (ref r) => r.ReadHalf());
        Check(Gen.Float, static (ref w, v) => w.WriteSingle(v), static (ref r) => r.ReadSingle());
        Check(Gen.Double, static (ref w, v) => w.WriteDouble(v), static (ref r) => r.ReadDouble());
        Check(Gen.Char, static (ref w, v) => w.WriteChar(v), static (ref r) => r.ReadChar());
        Check(Gen.Guid, static (ref w, v) => w.WriteGuid(v), static (ref r) => r.ReadGuid());
        Check(Gen.TimeSpan, static (ref w, v) => w.WriteTimeSpan(v), static (ref r) => r.ReadTimeSpan());
        Check(Gen.DateOnly, static (ref w, v) => w.WriteDateOnly(v), static (ref r) => r.ReadDateOnly());
        Check(Gen.TimeOnly, static (ref w, v) => w.WriteTimeOnly(v), static (ref r) => r.ReadTimeOnly());
        Check(AnyText, static (ref w, v) => w.WriteString(v), static (ref r) => r.ReadString());
        Check(Gen.Byte.Array[1, 200].Select(bytes => new BigInteger(bytes)), static (ref w, v) => w.WriteBigInteger(v), static (ref r) => r.ReadBigInteger());
        Check(Gen.Select(Gen.Double, Gen.Double, (a, b) => new Complex(a, b)), static (ref w, v) => w.WriteComplex(v), static (ref r) => r.ReadComplex());
    }

    [Fact]
    public void Dates_keep_kind_and_offset_and_decimals_their_scale()
    {
        Gen<DateTime> dates = Gen.Select(Gen.Long[0, DateTime.MaxValue.Ticks], Gen.Enum<DateTimeKind>(), (ticks, kind) => new DateTime(ticks, kind));
        dates.Sample(date =>
        {
            DateTime read = RoundTrip(date, static (ref w, v) => w.WriteDateTime(v), static (ref r) => r.ReadDateTime());
            return (read.Ticks, read.Kind) == (date.Ticks, date.Kind);
        });
        Gen<DateTimeOffset> offsets = Gen.Select(
            Gen.Long[TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay], Gen.Int[-14 * 60, 14 * 60],
            (ticks, minutes) => new DateTimeOffset(ticks, TimeSpan.FromMinutes(minutes)));
        foreach (DateTimeOffset extreme in (DateTimeOffset[])[DateTimeOffset.MinValue, DateTimeOffset.MaxValue])
            Assert.Equal(extreme, RoundTrip(extreme, static (ref w, v) => w.WriteDateTimeOffset(v), static (ref r) => r.ReadDateTimeOffset()));
        offsets.Sample(date => RoundTrip(date, static (ref w, v) => w.WriteDateTimeOffset(v), static (ref r) => r.ReadDateTimeOffset()).EqualsExact(date));
        Gen.OneOf(Gen.Decimal, Gen.OneOf(decimal.MinValue, decimal.MaxValue, 0.000m, -0.0m, 1.50m, 1e-28m)).Sample(value =>
            decimal.GetBits(RoundTrip(value, static (ref w, v) => w.WriteDecimal(v), static (ref r) => r.ReadDecimal())).SequenceEqual(decimal.GetBits(value)));
    }

    [Fact]
    public void References_and_nulls_round_trip()
    {
        foreach (Uri? uri in (Uri?[])[null, new("https://x.test/a?b=c#d"), new("a/b", UriKind.Relative)])
            Assert.Equal(uri, RoundTrip(uri, static (ref w, v) => w.WriteUri(v), static (ref r) => r.ReadUri()));
        foreach (Version? version in (Version?[])[null, new(1, 2), new(1, 2, 3), new(1, 2, 3, 4)])
            Assert.Equal(version, RoundTrip(version, static (ref w, v) => w.WriteVersion(v), static (ref r) => r.ReadVersion()));
        Assert.Null(RoundTrip<string?>(null, static (ref w, v) => w.WriteString(v), static (ref r) => r.ReadString()));
        Assert.Null(RoundTrip<int[]?>(null, static (ref w, v) => w.WriteNil(), static (ref r) => r.ReadBlock<int>()));
    }

    [Fact]
    public void Blocks_of_every_primitive_round_trip()
    {
        CheckBlock(Gen.Bool);
        CheckBlock(Gen.Byte);
        CheckBlock(Gen.SByte);
        CheckBlock(Gen.Short);
        CheckBlock(Gen.UShort);
        CheckBlock(Gen.Int);
        CheckBlock(Gen.UInt);
        CheckBlock(Gen.Long);
        CheckBlock(Gen.ULong);
        CheckBlock(Gen.Float);
        CheckBlock(Gen.Double);
        CheckBlock(Gen.Char);
        CheckBlock(Gen.UShort.Select(BitConverter.UInt16BitsToHalf));
        CheckBlock(Gen.OneOf(Colour.None, Colour.Red));
    }

    [Fact]
    public void Objects_read_alike_in_both_forms_and_unknown_members_are_passed_over()
    {
        foreach (ObjectForm form in (ObjectForm[])[ObjectForm.Array, ObjectForm.Map])
        {
            using var body = new BodyBuffer();
            var writer = new WireWriter(body, form, 16);
            writer.BeginObject(2);
            writer.Member("extra"u8);
            writer.BeginMap(1);
            writer.WriteString("a");
            writer.BeginArray(2);
            writer.WriteNil();
            writer.WriteBlock<byte>([1, 2]);
            writer.EndArray();
            writer.EndMap();
            writer.Member("rate"u8);
            writer.WriteDouble(0.5);
            writer.EndObject();
            writer.Flush();

            var reader = new WireReader(body.Written, WireLimits.Default);
            Assert.Equal(2, reader.BeginObject(out ObjectForm read));
            Assert.Equal(form, read);
            if (form == ObjectForm.Map)
                Assert.Equal("extra", Encoding.UTF8.GetString(reader.ReadMemberName()));
            reader.Skip();
            if (form == ObjectForm.Map)
                Assert.Equal("rate", Encoding.UTF8.GetString(reader.ReadMemberName()));
            Assert.Equal(0.5, reader.ReadDouble());
            reader.EndObject();
            Assert.True(reader.End);
        }
    }

    [Fact]
    public void A_buffer_that_served_before_does_not_say_where_its_last_writer_was()
    {
        var buffer = new BodyBuffer();
        var first = new WireWriter(buffer, ObjectForm.Map, WireLimits.Default);
        first.Member("argument"u8);
        first.BeginObject(1);
        first.Member("member"u8);
        Assert.Equal("argument.member", first.Path);

        buffer.Reset();
        var second = new WireWriter(buffer, ObjectForm.Map, WireLimits.Default);
        Assert.Equal("", second.Path);
        second.BeginObject(1);
        Assert.Equal("", second.Path);
        buffer.Dispose();
    }

    [Fact]
    public void A_body_over_its_limit_names_the_member_and_never_grows_past_it()
    {
        foreach (int length in (int[])[900, 1000, 1500])
        {
            var error = Assert.Throws<RemoteSerializationException>(() => Write(length));
            Assert.Equal("config.weights", error.MemberPath);
            Assert.Contains("1000 bytes", error.Message, StringComparison.Ordinal);
        }

        static void Write(int length)
        {
            using var body = new BodyBuffer { MaxBytes = 1000 };
            var writer = new WireWriter(body, ObjectForm.Array, 16);
            try
            {
                writer.Member("config"u8);
                writer.BeginObject(1);
                writer.Member("weights"u8);
                for (int i = 0; i < 200; i++)
                    writer.WriteBlock<byte>(new byte[length / 10]);
                writer.EndObject();
                writer.Flush();
            }
            catch (Exception e)
            {
                throw writer.Translate(e);
            }
            finally
            {
                Assert.InRange(body.Count, 0, 1000);
            }
        }
    }

    [Fact]
    public void A_cycle_is_named_by_its_repeating_part()
    {
        var error = Assert.Throws<RemoteSerializationException>(WriteCycle);
        Assert.Equal("graph.root.owner.children.owner.children...", error.MemberPath);

        static void WriteCycle()
        {
            using var body = new BodyBuffer();
            var writer = new WireWriter(body, ObjectForm.Array, 256);
            writer.Member("graph"u8);
            writer.BeginObject(1);
            writer.Member("root"u8);
            while (true)
            {
                writer.BeginObject(1);
                writer.Member("owner"u8);
                writer.BeginObject(1);
                writer.Member("children"u8);
            }
        }
    }

    private static void CheckBlock<T>(Gen<T> items)
        where T : unmanaged
        => items.Array[0, 300].Sample(
            values => RoundTrip(values, static (ref w, v) => w.WriteBlock<T>(v), static (ref r) => r.ReadBlock<T>())!.SequenceEqual(values), iter: 50);

    private static void Check<T>(Gen<T> values, WireWrite<T> write, WireRead<T?> read)
        => values.Sample(value => EqualityComparer<T?>.Default.Equals(RoundTrip(value, write, read), value), iter: 300);

    private static T? RoundTrip<T>(T value, WireWrite<T> write, WireRead<T?> read)
    {
        using var body = new BodyBuffer();
        var writer = new WireWriter(body, ObjectForm.Array, 16);
        write(ref writer, value);
        writer.Flush();
        var reader = new WireReader(body.Written, WireLimits.Default);
        T? result = read(ref reader);
        Assert.True(reader.End);
        return result;
    }
}
