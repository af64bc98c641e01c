using System.Text;

namespace Runhouse.Runtime.Catalogue;

/// <summary>Reads comma-separated lists row by row: fields in quotes may have commas, quotes and line ends (RFC 4180). A list may be larger than memory.</summary>
internal static class CsvReader
{
    /// <summary>Reads the rows; blank lines are none.</summary>
    /// <param name="text">The list.</param>
    /// <exception cref="InvalidDataException">The list ends inside of quotes: it is cut off.</exception>
    public static IEnumerable<CsvRow> Read(TextReader text)
    {
        int line = 0;
        while (text.ReadLine() is { } next)
        {
            int first = ++line;
            var fields = new List<string>();
            while (!TrySplit(next, fields))
            {
                line++;
                next += '\n' + (text.ReadLine() ?? throw new InvalidDataException($"Line {first} opens quotes that nothing closes: the list is cut off."));
            }

            if (fields is not [{ Length: 0 }])
                yield return new CsvRow(first, fields);
        }
    }

    // False when the line ends inside of quotes.
    private static bool TrySplit(string line, List<string> fields)
    {
        fields.Clear();
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (isQuoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString().Trim());
        return !isQuoted;
    }
}

/// <summary>A row of a list.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Fields">Its fields, without blanks around them.</param>
internal readonly record struct CsvRow(int Line, IReadOnlyList<string> Fields)
{
    /// <summary>The row as it stands in a list.</summary>
    public override string ToString() => string.Join(',', Fields);
}
