using System.Globalization;
using System.Runtime.InteropServices;

namespace Runhouse.Runtime.Catalogue;

/// <summary>A list of offers, as the catalogue keeps it in files: comma-separated, one row for each instance type and place.</summary>
internal static class OfferList
{
    /// <summary>The columns.</summary>
    public const string Head = "provider,region,zone,instance_type,accelerator,accelerator_count,cpus,memory_gib,architecture,list_price,spot_price,as_of,source";

    /// <summary>Reads a list by the rules against dirty data: what cannot be believed is left out and told.</summary>
    /// <param name="text">The list.</param>
    /// <param name="name">What the list is called in messages.</param>
    /// <exception cref="InvalidDataException">It is no such list at all, or is cut off.</exception>
    public static OfferReading Read(TextReader text, string name)
    {
        var reading = new OfferReading();
        CsvColumns? columns = null;
        foreach (CsvRow row in CsvReader.Read(text))
        {
            string where = string.Create(CultureInfo.InvariantCulture, $"{name} line {row.Line}");
            if (columns is null)
            {
                columns = new CsvColumns(row);
                if (columns.Missing(Head.Split(',')) is { Count: > 0 } missing)
                    throw new InvalidDataException($"{where} lacks the columns {string.Join(", ", missing)}.");
            }
            else if (row.Fields.Count != columns.Count)
            {
                reading.Drop(DropReason.Malformed, where, row.ToString());
            }
            else
            {
                ReadRow(row, columns, where, reading);
            }
        }

        if (columns is null)
            throw new InvalidDataException($"{name} is empty.");
        return reading;
    }

    /// <summary>Writes a list that <see cref="Read"/> reads back.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="offers">The offers.</param>
    public static void Write(TextWriter text, IEnumerable<MachineOffer> offers)
    {
        text.Write(Head + "\n");
        foreach (MachineOffer offer in offers)
        {
            text.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{offer.Provider},{offer.Region},{offer.Zone},{offer.InstanceType},{offer.Accelerator?.Name},{offer.Accelerator?.Count},{offer.Cpus},{offer.Memory},{NameOf(offer.Architecture)},{offer.ListPrice},{offer.SpotPrice},{offer.AsOf:yyyy-MM-dd},{offer.Source}\n"));
        }
    }

    /// <summary>Reads an architecture.</summary>
    /// <param name="text">Its name: <c>x86_64</c> or <c>arm64</c>, as price lists spell it.</param>
    /// <param name="architecture">The architecture.</param>
    public static bool TryArchitecture(string text, out Architecture architecture)
    {
        architecture = text is "arm64" or "aarch64" ? Architecture.Arm64 : Architecture.X64;
        return text is "arm64" or "aarch64" or "x86_64" or "x64" or "amd64";
    }

    private static string NameOf(Architecture architecture) => architecture == Architecture.Arm64 ? "arm64" : "x86_64";

    private static void ReadRow(CsvRow row, CsvColumns columns, string where, OfferReading reading)
    {
        string Field(string column) => columns.Field(row, column);
        (string provider, string region, string type) = (Field("provider"), Field("region"), Field("instance_type"));
        if (provider.Length == 0 || region.Length == 0 || type.Length == 0
            || !TryAmount(Field("cpus"), out double cpus) || !TryAmount(Field("memory_gib"), out double memory)
            || !TryArchitecture(Field("architecture"), out Architecture architecture)
            || !DateOnly.TryParseExact(Field("as_of"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly asOf))
        {
            reading.Drop(DropReason.Malformed, where, row.ToString());
            return;
        }

        Accelerator? accelerator = null;
        double? acceleratorMemory = null;
        if (Field("accelerator") is { Length: > 0 } spelling)
        {
            if (!AcceleratorModels.TryGet(spelling, out string full, out double gibibytes))
            {
                reading.Drop(DropReason.UnknownAccelerator, where, row.ToString());
                return;
            }

            if (!int.TryParse(Field("accelerator_count"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
            {
                reading.Drop(DropReason.Malformed, where, row.ToString());
                return;
            }

            (accelerator, acceleratorMemory) = (new Accelerator(full, count), gibibytes);
        }

        reading.Add(
            new MachineOffer
            {
                Provider = provider,
                Region = region,
                Zone = Field("zone") is { Length: > 0 } zone ? zone : null,
                InstanceType = type,
                Accelerator = accelerator,
                AcceleratorMemory = acceleratorMemory,
                Cpus = cpus,
                Memory = memory,
                Architecture = architecture,
                AsOf = asOf,
                Source = Field("source"),
            },
            Field("list_price"), Field("spot_price"), where, row.ToString());
    }

    private static bool TryAmount(string text, out double amount)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount) && amount > 0 && double.IsFinite(amount);
}
