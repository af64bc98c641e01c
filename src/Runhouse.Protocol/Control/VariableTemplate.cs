using System.Text;

namespace Runhouse.Protocol.Control;

/// <summary>
/// The value of a variable with references to others, as a Dockerfile has them: <c>${NAME}</c>, <c>${NAME:-if unset}</c>, <c>${NAME:+if set}</c>;
/// <c>$$</c> is a dollar sign. A variable that is not set is empty.
/// </summary>
public static class VariableTemplate
{
    /// <summary>The template of a text that is taken as it is.</summary>
    /// <param name="text">The text.</param>
    public static string Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace("$", "$$", StringComparison.Ordinal);
    }

    /// <summary>Puts the values in.</summary>
    /// <param name="template">The template.</param>
    /// <param name="find">Finds a variable's value; null when it is not set.</param>
    /// <exception cref="FormatException">A reference does not end, or has another form.</exception>
    public static string Expand(string template, Func<string, string?> find)
    {
        ArgumentNullException.ThrowIfNull(template);
        int at = 0;
        return Expand(template, ref at, isNested: false, find);
    }

    private static string Expand(string template, ref int at, bool isNested, Func<string, string?> find)
    {
        var result = new StringBuilder();
        while (at < template.Length)
        {
            char c = template[at];
            if (isNested && c == '}')
                return result.ToString();
            if (c != '$')
            {
                result.Append(c);
                at++;
            }
            else if (at + 1 < template.Length && template[at + 1] == '{')
            {
                at += 2;
                result.Append(Reference(template, ref at, find));
            }
            else
            {
                result.Append('$');
                at += at + 1 < template.Length && template[at + 1] == '$' ? 2 : 1;
            }
        }

        return isNested ? throw Malformed(template) : result.ToString();
    }

    private static string Reference(string template, ref int at, Func<string, string?> find)
    {
        int end = at;
        while (end < template.Length && IsNamePart(template[end], end == at))
            end++;
        string name = template[at..end];
        at = end;
        if (name.Length == 0 || at == template.Length)
            throw Malformed(template);

        string? value = find(name);
        if (template[at] == '}')
        {
            at++;
            return value ?? "";
        }

        // Empty counts as unset, as the colon says.
        bool isSet = !string.IsNullOrEmpty(value);
        bool isAlternative = template.AsSpan(at).StartsWith(":+", StringComparison.Ordinal);
        if (!isAlternative && !template.AsSpan(at).StartsWith(":-", StringComparison.Ordinal))
            throw Malformed(template);
        at += 2;
        string word = Expand(template, ref at, isNested: true, find);
        at++;
        return isAlternative ? (isSet ? word : "") : (isSet ? value! : word);
    }

    /// <summary>Whether a character can stand in the name of a variable that is referred to.</summary>
    /// <param name="c">The character.</param>
    /// <param name="isFirst">Whether it is the name's first.</param>
    public static bool IsNamePart(char c, bool isFirst) => c == '_' || char.IsAsciiLetter(c) || (!isFirst && char.IsAsciiDigit(c));

    // Not the template: a value may be nobody's business.
    private static FormatException Malformed(string template) => new(
        $"A reference to a variable is malformed in a value of {template.Length} characters. Write ${{NAME}}, ${{NAME:-default}} or ${{NAME:+alternative}}, and $$ for a dollar sign.");
}
