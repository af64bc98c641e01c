namespace Runhouse.Runtime.Catalogue;

/// <summary>The columns of a list, by the names in its first row.</summary>
internal sealed class CsvColumns
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the names.</summary>
    /// <param name="head">The first row.</param>
    public CsvColumns(CsvRow head)
    {
        Count = head.Fields.Count;
        for (int i = 0; i < head.Fields.Count; i++)
            _indexes.TryAdd(head.Fields[i], i);
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The names.</summary>
    public IEnumerable<string> Names => _indexes.Keys;

    /// <summary>A field; empty where the list or the row does not have the column.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column's name.</param>
    public string Field(CsvRow row, string column) => _indexes.TryGetValue(column, out int index) && index < row.Fields.Count ? row.Fields[index] : "";

    /// <summary>Those that the list lacks.</summary>
    /// <param name="needed">The columns that it must have.</param>
    public IReadOnlyList<string> Missing(IEnumerable<string> needed) => [.. needed.Where(name => !_indexes.ContainsKey(name))];
}
