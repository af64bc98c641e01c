using System.Globalization;
using Runhouse.Runtime.Catalogue;

namespace Runhouse.Runtime.Tests.Catalogue;

/// <summary>
/// Makes the embedded catalogue of the price lists in <c>Lists/</c>. Prices are taken as they stand, wrong ones too: the rules against dirty data are the reader's. Google's lists have
/// a price for the machine and one for its accelerators; here they are added, the accelerator's taken from the region of the machine.
/// </summary>
internal static class SeedLists
{
    // "Autumn 2025" says no day: the first that it can mean, so that no price is thought newer than it is.
    private const string AsOf = "2025-09-22";

    // What a type of Google's has, by the start of its name; the number before the g at its end says how many.
    private static readonly (string Prefix, string Accelerator)[] GoogleTypes = [("a2-highgpu-", "A100"), ("a2-ultragpu-", "A100-80GB"), ("a3-highgpu-", "H100")];

    public static string Write(string folder)
        => string.Join('\n', [OfferList.Head, .. Aws(Path.Combine(folder, "prices-aws.csv")), .. Google(Path.Combine(folder, "prices-gcp.csv")), ""]);

    private static IEnumerable<string> Aws(string path) => Rows(path).Select(static row => string.Join(
        ',', "aws", row("region"), row("zone_id"), row("instance_type"), row("accelerator"), row("accelerator_count"), row("vcpus"), row("memory_gib"), row("arch"), row("price"), row("spot_price"), AsOf, "price list"));

    private static IEnumerable<string> Google(string path)
    {
        Func<string, string>[] rows = Rows(path);
        foreach (Func<string, string> host in rows.Where(static row => row("kind") == "host"))
        {
            string type = host("name");
            (string? prefix, string accelerator) = GoogleTypes.FirstOrDefault(one => type.StartsWith(one.Prefix, StringComparison.Ordinal));
            int count = prefix is null ? 0 : int.Parse(type[prefix.Length..].TrimEnd('g'), CultureInfo.InvariantCulture);
            string region = RegionOf(host("zone"));
            Func<string, string>? extra = rows.FirstOrDefault(row => row("kind") == "accelerator" && row("name") == accelerator && RegionOf(row("zone")) == region);
            yield return string.Join(
                ',', "gcp", region, host("zone"), type, prefix is null ? "" : accelerator, prefix is null ? "" : count.ToString(CultureInfo.InvariantCulture), host("vcpus"), host("memory_gib"),
                type.StartsWith("t2a-", StringComparison.Ordinal) ? "arm64" : "x86_64", Together("price"), Together("spot_price"), AsOf, "price list");

            // A machine whose accelerator's price is not known has no price.
            string Together(string column) => count == 0 ? host(column)
                : extra is null ? ""
                : (Number(host(column)) + (count * Number(extra(column)) / Number(extra("accelerator_count")))).ToString("0.#####", CultureInfo.InvariantCulture);
        }
    }

    private static Func<string, string>[] Rows(string path)
    {
        using var text = new StreamReader(path);
        CsvRow[] rows = [.. CsvReader.Read(text)];
        var columns = new CsvColumns(rows[0]);
        return [.. rows.Skip(1).Select(row => new Func<string, string>(column => columns.Field(row, column)))];
    }

    private static string RegionOf(string zone) => zone[..zone.LastIndexOf('-')];

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
