using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Runhouse.Benchmarks;

/// <summary>Prints rows as a table and writes them as JSON.</summary>
internal static class Report
{
    /// <summary>Prints the rows.</summary>
    public static void Print(IReadOnlyList<Row> rows)
    {
        Console.WriteLine();
        Console.WriteLine($"{"workload",-28} {"peer",-9} {"metric",-24} {"median",14} {"min",14} {"max",14} unit");
        foreach (Row row in rows)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Workload,-28} {row.Peer,-9} {row.Metric,-24} {row.Median,14:N1} {row.Min,14:N1} {row.Max,14:N1} {row.Unit}"));
        }
    }

    /// <summary>Writes the rows as a JSON array.</summary>
    public static void Write(string path, IReadOnlyList<Row> rows)
        => File.WriteAllText(path, JsonSerializer.Serialize([.. rows], RowJson.Default.RowArray) + "\n");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Row[]))]
internal sealed partial class RowJson : JsonSerializerContext;
