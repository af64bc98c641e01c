using System.Text;
using System.Text.RegularExpressions;

namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>Cuts a Dockerfile into instructions: parser directives, comments, continued lines and here-documents, as Docker's own reference describes them.</summary>
/// <param name="file">The file's name for messages.</param>
/// <param name="text">Its text.</param>
internal sealed partial class InstructionReader(string file, string text)
{
    private readonly string[] _lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
    private int _next;

    /// <summary>The character that continues a line and takes the meaning from the next one: a backslash, or what the directive <c>escape</c> says.</summary>
    public char Escape { get; private set; } = '\\';

    /// <summary>The instructions.</summary>
    /// <exception cref="DockerfileException">A directive or a here-document is malformed.</exception>
    public IReadOnlyList<Instruction> Read()
    {
        ReadDirectives();
        var instructions = new List<Instruction>();
        while (_next < _lines.Length)
        {
            if (IsBlank(_lines[_next]) || IsComment(_lines[_next]))
                _next++;
            else
                instructions.Add(ReadInstruction());
        }

        return instructions;
    }

    private void ReadDirectives()
    {
        // Only at the very top: the first line that is no directive ends them.
        while (_next < _lines.Length && Directive().Match(_lines[_next]) is { Success: true } directive)
        {
            string name = directive.Groups[1].Value.ToLowerInvariant();
            string value = directive.Groups[2].Value;
            if (name == "escape")
                Escape = value is "\\" or "`" ? value[0] : throw new DockerfileException(file, _next + 1, $"The escape character is '{value}', and can be \\ or ` only.");
            else if (name is not ("syntax" or "check"))
                return;
            _next++;
        }
    }

    private Instruction ReadInstruction()
    {
        int begin = _next;
        var whole = new StringBuilder();
        bool isContinued = true;
        while (isContinued && _next < _lines.Length)
        {
            string line = _lines[_next++];

            // Comments and blank lines may stand between the lines of an instruction.
            if (whole.Length > 0 && (IsComment(line) || IsBlank(line)))
                continue;
            string trimmed = line.TrimEnd(' ', '\t');
            isContinued = trimmed.EndsWith(Escape) && !(trimmed.Length > 1 && trimmed[^2] == Escape);
            whole.Append(isContinued ? trimmed[..^1] : line);
        }

        string text = whole.ToString().Trim();
        int space = text.AsSpan().IndexOfAny(' ', '\t');
        string name = (space < 0 ? text : text[..space]).ToUpperInvariant();
        string rest = space < 0 ? "" : text[space..].Trim();
        return new Instruction(file, begin + 1, name, rest, name is "RUN" or "COPY" or "ADD" ? ReadDocuments(rest, begin + 1) : []);
    }

    private List<HereDocument> ReadDocuments(string text, int line)
    {
        var documents = new List<HereDocument>();
        foreach (Match marker in Marker().Matches(text))
        {
            var body = new StringBuilder();
            bool dropsTabs = marker.Groups["tabs"].Length > 0;
            string end = marker.Groups["name"].Value;
            while (true)
            {
                if (_next == _lines.Length)
                    throw new DockerfileException(file, line, $"The here-document {marker.Value} does not end. Add a line with {end} alone.");
                string current = _lines[_next++];
                if ((dropsTabs ? current.TrimStart('\t') : current) == end)
                {
                    documents.Add(new HereDocument(marker.Value, body.ToString(), current));
                    break;
                }

                body.Append(dropsTabs ? current.TrimStart('\t') : current).Append('\n');
            }
        }

        return documents;
    }

    private static bool IsBlank(string line) => string.IsNullOrWhiteSpace(line);

    private static bool IsComment(string line) => line.AsSpan().TrimStart().StartsWith("#");

    [GeneratedRegex(@"^#\s*([A-Za-z]+)\s*=\s*(\S.*?)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Directive();

    // Not <<<, which is a word of the shell.
    [GeneratedRegex(@"(?<=^|[\s\d;&|(])<<(?<tabs>-?)(?<quote>[""']?)(?<name>[A-Za-z_][A-Za-z0-9_.]*)\k<quote>(?=$|[\s;&|)>])", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();
}
