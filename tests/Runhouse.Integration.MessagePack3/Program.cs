using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using Runhouse;
using Runhouse.Integration.MessagePack3;

[assembly: RemoteMessagePack(typeof(Formats), nameof(Formats.Options), typeof(Temperature))]

var sent = new Reading { Station = "north", Values = [1, 2, 3] };
(Reading received, Temperature warmer, string version) = await Weather.Remote.WarmAsync(sent, Temperature.FromKelvin(280));
Console.WriteLine($"{received.Station} {string.Join(',', received.Values)} {warmer.Kelvin} {version}");

namespace Runhouse.Integration.MessagePack3
{
    [MessagePackObject]
    public sealed class Reading
    {
        [Key(0)]
        public string Station { get; set; } = "";

        [Key(1)]
        public int[] Values { get; set; } = [];
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
        public void Serialize(ref MessagePackWriter writer, Temperature? value, MessagePackSerializerOptions options) => writer.Write(value?.Kelvin ?? 0);

        public Temperature? Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) => Temperature.FromKelvin(reader.ReadDouble());
    }

    public static class Formats
    {
        public static MessagePackSerializerOptions Options { get; } = MessagePackSerializerOptions.Standard
            .WithResolver(CompositeResolver.Create([new TemperatureFormatter()], [StandardResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData);
    }

    public static class Weather
    {
        [Remote]
        public static Task<(Reading Reading, Temperature Warmer, string Version)> WarmAsync(Reading reading, Temperature temperature) => Task.FromResult((
            reading, Temperature.FromKelvin(temperature.Kelvin + 1), typeof(MessagePackSerializer).Assembly.GetName().Version!.ToString(2)));
    }
}
