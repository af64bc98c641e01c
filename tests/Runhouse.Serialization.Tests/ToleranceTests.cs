using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Serialization.Corpus;

namespace Runhouse.Serialization;

/// <summary>What another build sends is read as far as it is known.</summary>
public sealed class ToleranceTests
{
    [Fact]
    public async Task A_cycle_is_an_error_that_names_the_path()
    {
        var node = new LinkedNode { Value = 1 };
        node.Next = new LinkedNode { Value = 2, Next = node };
        EchoRemote echo = Loopback.Proxy(new Echo(), ObjectForm.Array, static handle => new EchoRemote(handle));
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await echo.LinkedNodeAsync(node));
        Assert.StartsWith("value.Next", error.MemberPath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_undeclared_subtype_is_an_error_that_names_it_and_the_remedy()
    {
        EchoRemote echo = Loopback.Proxy(new Echo(), ObjectForm.Array, static handle => new EchoRemote(handle));
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await echo.AnimalAsync(new Axolotl { Name = "Xolo" }));
        Assert.Contains(nameof(Axolotl), error.Message, StringComparison.Ordinal);
        Assert.Contains("JsonDerivedType", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_added_elsewhere_are_skipped()
    {
        Corpus.Settings read = await ReadAsync<Settings>(static (ref writer) =>
        {
            writer.BeginObject(4);
            writer.Member("Name"u8);
            writer.WriteString("north");
            writer.Member("Added"u8);
            writer.BeginArray(2);
            writer.WriteInt32(1);
            writer.WriteString("nested");
            writer.EndArray();
            writer.Member("Owner"u8);
            writer.WriteString("Ada");
            writer.Member("Retries"u8);
            writer.WriteInt32(9);
            writer.EndObject();
        });
        Assert.Equal(("north", "Ada", 9), (read.Name, read.Owner, read.Retries));
    }

    [Fact]
    public async Task Missing_members_keep_what_the_class_gives_them()
    {
        Corpus.Settings read = await ReadAsync<Settings>(static (ref writer) =>
        {
            writer.BeginObject(1);
            writer.Member("Owner"u8);
            writer.WriteString("Ada");
            writer.EndObject();
        });
        Assert.Equal(("unnamed", 3, "Ada", "everywhere"), (read.Name, read.Retries, read.Owner, read.Region));
        Assert.Empty(read.Tags);
    }

    [Fact]
    public async Task A_missing_constructor_parameter_gets_its_default()
    {
        Corpus.Immutable read = await ReadAsync<Corpus.Immutable>(static (ref writer) =>
        {
            writer.BeginObject(1);
            writer.Member("Name"u8);
            writer.WriteString("north");
            writer.EndObject();
        });
        Assert.Equal(("north", 7), (read.Name, read.Count));
    }

    private delegate void Write(ref WireWriter writer);

    /// <summary>Sends hand-made bytes to the echo of a type and takes what it understood.</summary>
    private static async Task<T> ReadAsync<T>(Write write)
    {
        using var body = new BodyBuffer();
        Encode(body, write);
        var echo = new Echo();
        await Loopback.DispatchAsync(echo, typeof(T).Name, body);
        return Assert.IsType<T>(echo.Seen);
    }

    private static void Encode(BodyBuffer body, Write write)
    {
        var writer = new WireWriter(body, ObjectForm.Map, Loopback.Limits);
        write(ref writer);
        writer.Flush();
    }

    /// <summary>A subtype that its base does not declare.</summary>
    private sealed class Axolotl : Animal;
}
