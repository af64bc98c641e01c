using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Tables without lines, which the next program can read as well.</summary>
internal static class Tables
{
    /// <summary>Makes a table.</summary>
    /// <param name="columns">The heads of the columns.</param>
    /// <param name="rows">The cells of each row; nothing in them is markup.</param>
    public static Table Create(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadLeft(0).PadRight(3).NoWrap());
        foreach (IEnumerable<string> row in rows)
            table.AddRow(row.Select(static cell => new Text(cell)));
        return table;
    }
}
