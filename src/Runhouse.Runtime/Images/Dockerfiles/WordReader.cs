using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>
/// Reads the words of an instruction: quotes, escapes and references to variables. What is known here is put in; references to what only the host knows
/// (<c>PATH</c>, <c>HOME</c>) stay, so that a word is a <see cref="VariableTemplate"/>.
/// </summary>
/// <param name="instruction">The instruction.</param>
/// <param name="text">The text to read.</param>
/// <param name="escape">The escape character.</param>
/// <param name="known">The variables known here, as templates.</param>
internal sealed class WordReader(Instruction instruction, string text, char escape, IReadOnlyDictionary<string, string> known)
{
    private int _at;

    /// <summary>The words, separated by white space.</summary>
    public static List<string> Words(Instruction instruction, char escape, IReadOnlyDictionary<string, string> known)
    {
        var reader = new WordReader(instruction, instruction.Text, escape, known);
        var words = new List<string>();
        while (reader.SkipSpace())
            words.Add(reader.Word(static c => char.IsWhiteSpace(c)));
        return words;
    }

    /// <summary>A text as one word.</summary>
    public static string Whole(Instruction instruction, string text, char escape, IReadOnlyDictionary<string, string> known)
        => new WordReader(instruction, text, escape, known).Word(static _ => false);

    private bool SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
        return _at < text.Length;
    }

    private string Word(Func<char, bool> ends)
    {
        var word = new StringBuilder();
        while (_at < text.Length && !ends(text[_at]))
        {
            char c = text[_at];
            if (c == '\'')
            {
                word.Append(VariableTemplate.Literal(Quoted()));
            }
            else if (c == '"')
            {
                DoubleQuoted(word);
            }
            else if (c == escape && _at + 1 < text.Length)
            {
                word.Append(VariableTemplate.Literal(text[_at + 1].ToString()));
                _at += 2;
            }
            else if (c == '$')
            {
                word.Append(Reference());
            }
            else
            {
                word.Append(c);
                _at++;
            }
        }

        return word.ToString();
    }

    private string Quoted()
    {
        int end = text.IndexOf('\'', _at + 1);
        if (end < 0)
            throw instruction.Wrong("A ' is not closed.");
        string inside = text[(_at + 1)..end];
        _at = end + 1;
        return inside;
    }

    private void DoubleQuoted(StringBuilder word)
    {
        _at++;
        while (_at < text.Length && text[_at] != '"')
        {
            if (text[_at] == '$')
            {
                word.Append(Reference());
                continue;
            }

            // Within these quotes it takes the meaning from these three only.
            if (text[_at] == escape && _at + 1 < text.Length && (text[_at + 1] is '"' or '$' || text[_at + 1] == escape))
                _at++;
            word.Append(VariableTemplate.Literal(text[_at].ToString()));
            _at++;
        }

        if (_at == text.Length)
            throw instruction.Wrong("A \" is not closed.");
        _at++;
    }

    private string Reference()
    {
        bool hasBrace = _at + 1 < text.Length && text[_at + 1] == '{';
        int begin = _at + (hasBrace ? 2 : 1);
        int end = begin;
        while (end < text.Length && VariableTemplate.IsNamePart(text[end], end == begin))
            end++;
        string name = text[begin..end];
        if (name.Length == 0 && !hasBrace)
        {
            _at++;
            return VariableTemplate.Literal("$");
        }

        _at = end;
        string? value = known.GetValueOrDefault(name);
        if (!hasBrace)
            return value ?? $"${{{name}}}";
        if (name.Length == 0 || _at == text.Length)
            throw instruction.Wrong("A reference ${ has no name, or is not closed.");
        if (text[_at] == '}')
        {
            _at++;
            return value ?? $"${{{name}}}";
        }

        string modifier = text.Substring(_at, Math.Min(2, text.Length - _at));
        if (modifier is not (":-" or ":+"))
            throw instruction.Wrong($"The reference ${{{name}{modifier}...}} is not understood: ${{{name}}}, ${{{name}:-default}} and ${{{name}:+alternative}} are. Do the rest in a RUN.");
        _at += 2;
        string word = Word(static c => c == '}');
        if (_at == text.Length)
            throw instruction.Wrong($"The reference ${{{name} is not closed.");
        _at++;
        return (value, modifier) switch
        {
            (null, _) => $"${{{name}{modifier}{word}}}",
            ("", ":-") => word,
            ("", _) => "",
            (_, ":-") => value,
            _ => word,
        };
    }
}
