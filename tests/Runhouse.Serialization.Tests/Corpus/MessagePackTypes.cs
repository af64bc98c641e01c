using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using Runhouse.Serialization.Corpus;

[assembly: Runhouse.RemoteMessagePack(typeof(Formats), nameof(Formats.Options), typeof(Temperature))]

namespace Runhouse.Serialization.Corpus;

/// <summary>The application's own MessagePack writes it.</summary>
[MessagePackObject]
public sealed class Marked
{
    [Key(0)]
    public int A { get; set; }

    [Key(5)]
    public string? B { get; set; }
}

/// <summary>Only a custom formatter knows how to write it.</summary>
public sealed class Temperature
{
    private Temperature(double kelvin) => Kelvin = kelvin;

    internal double Kelvin { get; }

    public static Temperature FromKelvin(double kelvin) => new(kelvin);
}

public sealed class TemperatureFormatter : IMessagePackFormatter<Temperature?>
{
    public void Serialize(ref MessagePackWriter writer, Temperature? value, MessagePackSerializerOptions options)
    {
        if (value is null)
            writer.WriteNil();
        else
            writer.Write(value.Kelvin);
    }

    public Temperature? Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        => reader.TryReadNil() ? null : Temperature.FromKelvin(reader.ReadDouble());
}

public static class Formats
{
    public static MessagePackSerializerOptions Options { get; } = MessagePackSerializerOptions.Standard
        .WithResolver(CompositeResolver.Create([new TemperatureFormatter()], [StandardResolver.Instance]))
        .WithSecurity(MessagePackSecurity.UntrustedData);
}

public sealed record Weather(Temperature Now, IReadOnlyList<Temperature> Next, Marked? Mark);
