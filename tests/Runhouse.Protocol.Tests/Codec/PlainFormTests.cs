using System.Numerics;
using System.Text.Json;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Codec;

/// <summary>Values as callers without types write and see them. That every shape makes the trip is shown with generated serializers.</summary>
public sealed class PlainFormTests
{
    private enum Color : byte
    {
        Red = 1,
        Green = 2,
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-9223372036854775808")]
    [InlineData("18446744073709551615")]
    [InlineData("1.10")]
    [InlineData("123456789012345678901234567890.5")]
    [InlineData("\"ü\\n\"")]
    [InlineData("null")]
    [InlineData("[true,false,[],{}]")]
    [InlineData("{\"a\":{\"b\":[1,\"x\"]}}")]
    public void Json_comes_back_as_it_went(string json)
    {
        using BodyBuffer body = Write(json);
        Assert.Equal(json, Read(body).GetRawText().Replace("\\u00FC", "ü", StringComparison.Ordinal));
    }

    [Fact]
    public void What_has_no_number_is_a_text_and_what_is_a_number_loses_nothing()
    {
        using var body = new BodyBuffer();
        var writer = new WireWriter(body, ObjectForm.Plain, WireLimits.Default);
        writer.BeginArray(13);
        writer.WriteDecimal(1.10m);
        writer.WriteBigInteger(BigInteger.Pow(10, 30));
        writer.WriteInt128(Int128.MinValue);
        writer.WriteGuid(Guid.Empty);
        writer.WriteDateTime(new DateTime(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        writer.WriteTimeSpan(TimeSpan.FromMinutes(90));
        writer.WriteDateOnly(new DateOnly(2030, 1, 2));
        writer.WriteDouble(double.NaN);
        writer.WriteSingle(0.1f);
        writer.WriteChar('x');
        writer.WriteBlock<byte>([1, 2, 3]);
        writer.WriteBlock<Color>([Color.Green, (Color)9]);
        Assert.True(writer.TryWriteName(Color.Red));
        writer.EndArray();
        writer.Flush();
        Assert.Equal(
            """[1.10,1000000000000000000000000000000,-170141183460469231731687303715884105728,"00000000-0000-0000-0000-000000000000","2030-01-02T03:04:05.0000000Z","01:30:00","2030-01-02","NaN",0.1,"x","AQID",["Green",9],"Red"]""",
            Read(body).GetRawText());
    }

    [Fact]
    public void Every_value_may_be_a_text()
    {
        using BodyBuffer body = Write("""["5","1.5","true","Red","x",2,"0x"]""");
        var reader = new WireReader(body.Written, WireLimits.Default, isPlain: true);
        Assert.Equal(7, reader.BeginArray());
        Assert.Equal(5, reader.ReadInt32());
        Assert.Equal(1.5m, reader.ReadDecimal());
        Assert.True(reader.ReadBoolean());
        Assert.True(reader.TryReadName(out Color red));
        Assert.Equal(Color.Red, red);
        Assert.Equal('x', reader.ReadChar());
        Assert.False(reader.TryReadName(out Color _));
        Assert.Equal(2, reader.ReadByte());
        Assert.Contains("'0x' where a whole number is needed", Misfit(ref reader, static (ref WireReader r) => r.ReadInt64()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("300", "'300' where a whole number is needed (Byte)")]
    [InlineData("1.5", "'1.5' where a whole number is needed (Byte)")]
    [InlineData("true", "true or false where a whole number is needed")]
    [InlineData("{}", "an object where a whole number is needed")]
    public void What_does_not_fit_says_what_is_needed(string json, string message)
    {
        using BodyBuffer body = Write(json);
        var reader = new WireReader(body.Written, WireLimits.Default, isPlain: true);
        string misfit = Misfit(ref reader, static (ref WireReader r) => r.ReadByte());
        Assert.Contains(message, misfit, StringComparison.Ordinal);
        Assert.DoesNotContain("Redeploy", misfit, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_is_found_in_any_case_and_an_unknown_one_is_refused_by_name()
    {
        using BodyBuffer body = Write("""{"rate":1,"Rte":2}""");
        var reader = new WireReader(body.Written, WireLimits.Default, isPlain: true);
        Assert.Equal(2, reader.BeginObject(out ObjectForm form));
        Assert.Equal(1, reader.ReadMember(form, 0, "Name,Rate"u8));
        Assert.Equal(1, reader.ReadInt32());
        Assert.Contains("there is no member 'Rte' among Name, Rate", Misfit(ref reader, static (ref WireReader r) => r.ReadMember(ObjectForm.Map, 1, "Name,Rate"u8)), StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_that_are_nested_too_deep_are_refused()
    {
        using BodyBuffer body = new();
        var writer = new WireWriter(body, ObjectForm.Plain, WireLimits.Default with { MaxDepth = 3 });
        try
        {
            JsonValues.Write(ref writer, JsonElement.Parse("[[[[1]]]]"));
            Assert.Fail("It was written.");
        }
        catch (RemoteSerializationException error)
        {
            Assert.Contains("nested more than 3 levels deep", error.Message, StringComparison.Ordinal);
        }
    }

    private static BodyBuffer Write(string json)
    {
        var body = new BodyBuffer();
        var writer = new WireWriter(body, ObjectForm.Plain, WireLimits.Default);
        JsonValues.Write(ref writer, JsonElement.Parse(json));
        writer.Flush();
        return body;
    }

    private static JsonElement Read(BodyBuffer body)
    {
        var reader = new WireReader(body.Written, WireLimits.Default);
        JsonElement value = JsonValues.Read(ref reader);
        Assert.True(reader.End);
        return value;
    }

    private static string Misfit<T>(ref WireReader reader, WireRead<T> read)
    {
        try
        {
            T value = read(ref reader);
            throw new InvalidOperationException($"It was read as {value}.");
        }
        catch (RemoteSerializationException error)
        {
            return error.Message;
        }
    }
}
