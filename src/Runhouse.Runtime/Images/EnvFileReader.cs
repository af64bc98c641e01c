using System.Text;

namespace Runhouse.Runtime.Images;

/// <summary>
/// Reads a file of environment variables: a <c>NAME=value</c> a line, with or without <c>export</c>. A value in double quotes may have <c>\n</c>, <c>\"</c> and
/// <c>\\</c> in it, one in single quotes is taken as it is, and one without quotes ends before white space and <c>#</c>. Nothing is expanded.
/// </summary>
internal static class EnvFileReader
{
    /// <exception cref="FormatException">A line is none of these; the message names it, without its value.</exception>
    public static IReadOnlyList<(string Name, string Value)> Read(string path)
    {
        var variables = new List<(string, string)>();
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.StartsWith("export ", StringComparison.Ordinal))
                line = line["export ".Length..].TrimStart();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? "" : line[..equals].TrimEnd();
            if (name.Length == 0 || name.Any(char.IsWhiteSpace))
                throw new FormatException($"{path}:{i + 1}: the line is not NAME=value. Write it so, or begin it with # for a comment.");
            string value = Value(line[(equals + 1)..].Trim())
                ?? throw new FormatException($"{path}:{i + 1}: the value of {name} has a quote that is not closed, or something behind it. Close it on the same line; write a new line as \\n in double quotes.");
            variables.Add((name, value));
        }

        return variables;
    }

    private static string? Value(string text)
    {
        if (text.Length == 0 || text[0] is not ('"' or '\''))
        {
            int comment = text.IndexOf(" #", StringComparison.Ordinal);
            return text.StartsWith('#') ? "" : comment < 0 ? text : text[..comment].TrimEnd();
        }

        var value = new StringBuilder();
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == text[0])
                return text.AsSpan(i + 1).Trim() is [] or ['#', ..] ? value.ToString() : null;
            if (text[0] == '"' && text[i] == '\\' && i + 1 < text.Length && text[i + 1] is ('n' or '"' or '\\' or '$'))
                value.Append(text[++i] == 'n' ? '\n' : text[i]);
            else
                value.Append(text[i]);
        }

        return null;
    }
}
