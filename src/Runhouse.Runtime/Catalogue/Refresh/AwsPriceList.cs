using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Runhouse.Runtime.Catalogue.Refresh;

/// <summary>AWS' public price list of EC2: one file of comma-separated values for each region. It has no spot prices; those take credentials.</summary>
/// <param name="server">Where it is.</param>
internal sealed class AwsPriceList(PriceServer server)
{
    private const string Index = "offers/v1.0/aws/AmazonEC2/current/region_index.json";

    // The list tells how many accelerators a type has and not which. After the pages of the instance families.
    private static readonly Dictionary<string, string> Accelerators = new(StringComparer.Ordinal)
    {
        ["g3"] = "M60",
        ["g3s"] = "M60",
        ["g4dn"] = "T4",
        ["g4ad"] = "RadeonProV520",
        ["g5"] = "A10G",
        ["g5g"] = "T4G",
        ["g6"] = "L4",
        ["gr6"] = "L4",
        ["g6e"] = "L40S",
        ["p2"] = "K80",
        ["p3"] = "V100-16GB",
        ["p3dn"] = "V100-32GB",
        ["p4d"] = "A100-40GB",
        ["p4de"] = "A100-80GB",
        ["p5"] = "H100-80GB",
        ["p5e"] = "H200",
        ["p5en"] = "H200",
        ["p6-b200"] = "B200",
    };

    // Machines for their accelerators, of which the list does not tell how many there are.
    private static readonly HashSet<string> Untold = ["inf1", "inf2", "trn1", "trn1n", "trn2", "dl1", "dl2q", "f1", "f2", "vt1"];

    private static readonly (string Column, string Value)[] Wanted =
    [
        ("TermType", "OnDemand"), ("Tenancy", "Shared"), ("Operating System", "Linux"), ("Pre Installed S/W", "NA"), ("CapacityStatus", "Used"), ("operation", "RunInstances"), ("Unit", "Hrs"),
    ];

    private static readonly string[] Needed = [.. Wanted.Select(static one => one.Column), "PricePerUnit", "Currency", "Instance Type", "vCPU", "Memory", "Physical Processor", "GPU"];

    /// <summary>Reads the list of some regions.</summary>
    /// <param name="regions">The regions.</param>
    /// <param name="reading">Takes the offers, and what is not believed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">AWS has no such region.</exception>
    public async Task ReadAsync(IEnumerable<string> regions, OfferReading reading, CancellationToken cancellationToken)
    {
        AwsRegionIndex index = await server.GetJsonAsync(Index, RefreshJson.Default.AwsRegionIndex, cancellationToken).ConfigureAwait(false);
        foreach (string region in regions)
        {
            if (!index.Regions.TryGetValue(region, out AwsRegion? entry))
                throw new ArgumentException($"AWS' price list has no region '{region}'. It has {string.Join(", ", index.Regions.Keys.Order(StringComparer.Ordinal))}.");
            string path = Path.ChangeExtension(entry.CurrentVersionUrl.TrimStart('/'), ".csv");
            await server.GetAsync(path, body => Task.Run(() => ReadRegion(body, region, reading, cancellationToken), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool ReadRegion(Stream body, string region, OfferReading reading, CancellationToken cancellationToken)
    {
        CsvColumns? columns = null;
        DateOnly? asOf = null;
        CsvRow last = default;
        using var text = new StreamReader(body);
        foreach (CsvRow row in CsvReader.Read(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            last = row;
            if (columns is not null)
            {
                if (row.Fields.Count == columns.Count)
                    ReadRow(row, columns, region, asOf!.Value, reading);
                else
                    reading.Drop(DropReason.Malformed, Where(region, row), row.ToString());
            }
            else if (row.Fields is ["Publication Date", var date, ..] && DateOnly.TryParseExact(date.Split('T')[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            {
                asOf = day;
            }
            else if (row.Fields.Contains("SKU"))
            {
                columns = new CsvColumns(row);
                if (columns.Missing(Needed) is { Count: > 0 } missing)
                    throw new InvalidDataException($"The list of {region} lacks the columns {string.Join(", ", missing)}.");
                if (asOf is null)
                    throw new InvalidDataException($"The list of {region} does not tell its day.");
            }
        }

        if (columns is null)
            throw new InvalidDataException($"The list of {region} has no columns.");
        return last.Fields.Count == columns.Count ? true : throw new InvalidDataException($"The list of {region} is cut off in line {last.Line}.");
    }

    private static void ReadRow(CsvRow row, CsvColumns columns, string region, DateOnly asOf, OfferReading reading)
    {
        string Field(string column) => columns.Field(row, column);
        string type = Field("Instance Type");
        if (type.Length == 0 || Wanted.Any(one => Field(one.Column) != one.Value))
            return;
        string where = Where(region, row);
        if (!double.TryParse(Field("vCPU"), NumberStyles.None, CultureInfo.InvariantCulture, out double cpus) || cpus <= 0 || !TryMemory(Field("Memory"), out double memory))
        {
            reading.Drop(DropReason.Malformed, where, row.ToString());
            return;
        }

        string family = type.Split('.')[0];
        bool hasAccelerators = Field("GPU").Length > 0;
        int count = 0;
        if (Untold.Contains(family) || (hasAccelerators && (!Accelerators.ContainsKey(family) || !int.TryParse(Field("GPU"), NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1)))
        {
            reading.Drop(DropReason.UnknownAccelerator, where, row.ToString());
            return;
        }

        if (Field("Currency") != "USD")
        {
            reading.Drop(DropReason.NotDollars, where, row.ToString());
            return;
        }

        double acceleratorMemory = 0;
        Accelerator? accelerator = hasAccelerators && AcceleratorModels.TryGet(Accelerators[family], out string name, out acceleratorMemory) ? new Accelerator(name, count) : null;
        reading.Add(
            new MachineOffer
            {
                Provider = "aws",
                Region = region,
                InstanceType = type,
                Accelerator = accelerator,
                AcceleratorMemory = accelerator is null ? null : acceleratorMemory,
                Cpus = cpus,
                Memory = memory,
                Architecture = Field("Physical Processor").Contains("Graviton", StringComparison.Ordinal) ? Architecture.Arm64 : Architecture.X64,
                AsOf = asOf,
                Source = "price list",
            },
            Field("PricePerUnit"), "", where, row.ToString());
    }

    // "1,152 GiB": commas of thousands, in this column only.
    private static bool TryMemory(string text, out double memory)
    {
        memory = 0;
        return text.EndsWith(" GiB", StringComparison.Ordinal)
            && double.TryParse(text[..^4], NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out memory) && memory > 0;
    }

    private static string Where(string region, CsvRow row) => string.Create(CultureInfo.InvariantCulture, $"AWS' list of {region} line {row.Line}");
}

/// <summary>Where AWS' lists of the regions are.</summary>
/// <param name="Regions">The regions by name.</param>
internal sealed record AwsRegionIndex([property: JsonRequired] Dictionary<string, AwsRegion> Regions);

/// <summary>Where the list of a region is.</summary>
/// <param name="CurrentVersionUrl">The path of the newest one, as JSON; the same with another ending is comma-separated.</param>
internal sealed record AwsRegion([property: JsonRequired] string CurrentVersionUrl);
