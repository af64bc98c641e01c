using System.Globalization;
using Runhouse.Protocol.Contracts;

namespace Runhouse.Runtime.Catalogue;

/// <summary>What a user says about the catalogue: rows of their own, prices that they have agreed on, types and regions that they do not want.</summary>
/// <param name="path">The file.</param>
internal sealed class CatalogueOverrides(string path)
{
    private static readonly string[] Columns =
    [
        "action", "provider", "region", "zone", "instance_type", "accelerator", "accelerator_count", "accelerator_gib", "cpus", "memory_gib", "architecture",
        "list_price", "spot_price",
    ];

    /// <summary>Applies the file to a list of offers, row by row; nothing where there is no file.</summary>
    /// <param name="offers">The offers; changed.</param>
    /// <param name="changes">Is told what each row has changed.</param>
    /// <exception cref="RunhouseConfigurationException">A row is wrong; the message names the file and the line.</exception>
    public void Apply(List<MachineOffer> offers, List<string> changes)
    {
        if (!File.Exists(path))
            return;
        DateOnly writtenAt = DateOnly.FromDateTime(File.GetLastWriteTimeUtc(path));
        CsvColumns? columns = null;
        try
        {
            using var text = new StreamReader(path);
            foreach (CsvRow row in CsvReader.Read(text))
            {
                if (row.Fields[0].StartsWith('#'))
                    continue;
                if (columns is null)
                {
                    columns = new CsvColumns(row);
                    Check(row, columns);
                    continue;
                }

                if (row.Fields.Count != columns.Count)
                    throw Wrong(row.Line, $"has {row.Fields.Count} columns, and the first row names {columns.Count}. Write a comma for each that is left blank.");
                changes.Add(string.Create(CultureInfo.InvariantCulture, $"line {row.Line}: {new OverrideRow(row, columns, writtenAt, path).Apply(offers)}"));
            }
        }
        catch (InvalidDataException cutOff)
        {
            throw new RunhouseConfigurationException($"{path}: {cutOff.Message} Close the quotes, or remove them.", cutOff);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"{path} cannot be read: {e.Message} Correct its permissions, or name another file with Runhouse:Catalogue:Overrides.", e);
        }
    }

    private void Check(CsvRow head, CsvColumns columns)
    {
        if (columns.Missing(["action", "provider"]) is { Count: > 0 } missing)
            throw Wrong(head.Line, $"must name the columns and lacks {string.Join(" and ", missing)}. The columns are {string.Join(", ", Columns)}.");
        if (columns.Names.FirstOrDefault(static name => !Columns.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            string near = NearNames.Of(unknown, Columns) is [string first, ..] ? $" Did you mean '{first}'?" : "";
            throw Wrong(head.Line, $"names a column '{unknown}', which there is not.{near} The columns are {string.Join(", ", Columns)}.");
        }
    }

    private RunhouseConfigurationException Wrong(int line, string problem)
        => new(string.Create(CultureInfo.InvariantCulture, $"{path} line {line} {problem}"));
}
