using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>Reads a Dockerfile of one stage as the steps of an image.</summary>
internal sealed class DockerfileParser
{
    private static readonly Dictionary<string, string> Hints = new()
    {
        ["ADD"] = "Use COPY for files of this machine, and RUN with curl or tar for the rest.",
        ["CMD"] = "A host runs workers, and commands by Cluster.RunAsync. Remove the line.",
        ["ENTRYPOINT"] = "A host runs workers, and commands by Cluster.RunAsync. Remove the line.",
        ["EXPOSE"] = "Nothing but the host itself listens for callers; open a tunnel for other ports. Remove the line.",
        ["USER"] = "Steps and workers run as the user of the host. Remove the line, or choose the cluster's user.",
        ["VOLUME"] = "Steps change the machine itself. Remove the line.",
        ["SHELL"] = "Commands run in /bin/sh; write RUN [\"bash\", \"-c\", \"...\"] for another one.",
        ["HEALTHCHECK"] = "The host watches its workers itself. Remove the line.",
    };

    private readonly string _file;
    private readonly char _escape;
    private readonly IReadOnlyList<Instruction> _instructions;
    private readonly IReadOnlyDictionary<string, string> _arguments;
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _global = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);
    private readonly List<ImagePart> _parts = [];
    private readonly string _context;
    private string? _base;

    private DockerfileParser(string file, string text, IReadOnlyDictionary<string, string> arguments)
    {
        var reader = new InstructionReader(file, text);
        (_file, _arguments, _instructions) = (file, arguments, reader.Read());
        _escape = reader.Escape;
        _context = Path.GetDirectoryName(Path.GetFullPath(file))!;
    }

    /// <summary>Reads a Dockerfile.</summary>
    /// <param name="file">Its path; files are copied from its folder.</param>
    /// <param name="text">Its text.</param>
    /// <param name="arguments">Values for its <c>ARG</c>s.</param>
    /// <exception cref="DockerfileException">Something in it is not understood.</exception>
    public static (string Base, IReadOnlyList<ImagePart> Parts) Parse(string file, string text, IReadOnlyDictionary<string, string> arguments)
    {
        var parser = new DockerfileParser(file, text, arguments);
        foreach (Instruction instruction in parser._instructions)
            parser.Read(instruction);
        if (parser._base is null)
            throw new DockerfileException(file, 1, "There is no FROM. A Dockerfile begins with FROM and a base image.");
        if (arguments.Keys.FirstOrDefault(name => !parser._declared.Contains(name)) is { } unknown)
            throw new DockerfileException(file, 1, $"An argument {unknown} was given, and no ARG declares it. Those declared: {(parser._declared.Count == 0 ? "none" : string.Join(", ", parser._declared.Order(StringComparer.Ordinal)))}.");
        return (parser._base, parser._parts);
    }

    private void Read(Instruction instruction)
    {
        if (_base is null && instruction.Name is not ("FROM" or "ARG"))
            throw instruction.Wrong($"{instruction.Name} stands before FROM. Only ARG may.");
        if (instruction.Text.Length == 0)
            throw instruction.Wrong($"{instruction.Name} says nothing.");
        if (instruction.Text.StartsWith("--", StringComparison.Ordinal) && instruction.Name is "FROM" or "RUN" or "COPY" && Flag(instruction.Text) is { } flag)
            throw instruction.Wrong($"The flag {flag} of {instruction.Name} is not understood. Remove it{(flag == "--mount" ? ", and deliver secrets with Image.Secret" : "")}.");

        switch (instruction.Name)
        {
            case "FROM":
                ReadFrom(instruction);
                break;
            case "ARG":
                ReadArguments(instruction);
                break;
            case "ENV":
                ReadVariables(instruction);
                break;
            case "RUN":
                _parts.Add(new StepPart(new RunStep(RunCommandText.Of(instruction))));
                break;
            case "WORKDIR":
                string folder = Concrete(instruction, WordReader.Whole(instruction, instruction.Text, _escape, _known));
                _parts.Add(new StepPart(new FolderStep(Target(instruction, folder))));
                break;
            case "COPY":
                ReadCopy(instruction);
                break;
            default:
                throw instruction.Wrong($"{instruction.Name} is not understood. {Hints.GetValueOrDefault(instruction.Name, "FROM, RUN, ENV, COPY, WORKDIR and ARG are.")}");
        }
    }

    private void ReadFrom(Instruction instruction)
    {
        if (_base is not null)
            throw instruction.Wrong("A second FROM begins another stage, and a host has one. Build what the other stages make beforehand and COPY it.");
        List<string> words = WordReader.Words(instruction, _escape, _global);
        if (words.Count is not (1 or 3) || (words.Count == 3 && !words[1].Equals("AS", StringComparison.OrdinalIgnoreCase)))
            throw instruction.Wrong("Write FROM image, or FROM image AS name.");
        _base = Concrete(instruction, words[0]);
        if (_base.Length == 0)
            throw instruction.Wrong("The base image is empty. Give the ARG that it refers to a default.");
    }

    private void ReadArguments(Instruction instruction)
    {
        Dictionary<string, string> scope = _base is null ? _global : _known;
        var set = new List<ImageVariable>();
        foreach (string word in WordReader.Words(instruction, _escape, scope))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = Name(instruction, equals < 0 ? word : word[..equals]);
            _declared.Add(name);
            string? value = _arguments.TryGetValue(name, out string? given) ? VariableTemplate.Literal(given)
                : equals >= 0 ? word[(equals + 1)..]
                : _base is null ? null : _global.GetValueOrDefault(name);

            // What ENV has set stays, whatever an ARG of that name says.
            if (_variables.Contains(name))
                continue;
            if (_base is not null && value is not null)
                set.Add(new ImageVariable(name, value));
            scope[name] = value ?? "";
        }

        if (set.Count > 0)
            _parts.Add(new StepPart(new VariablesStep(set) { ForStepsOnly = true }));
    }

    private void ReadVariables(Instruction instruction)
    {
        List<string> words = WordReader.Words(instruction, _escape, _known);
        var set = new List<ImageVariable>();
        if (!words[0].Contains('=', StringComparison.Ordinal))
        {
            // The old form: a name, and all the rest is its value.
            int space = instruction.Text.AsSpan().IndexOfAny(' ', '\t');
            if (space < 0)
                throw instruction.Wrong($"ENV {words[0]} has no value. Write ENV {words[0]}=value.");
            set.Add(new ImageVariable(Name(instruction, words[0]), WordReader.Whole(instruction, instruction.Text[space..].Trim(), _escape, _known)));
        }
        else
        {
            foreach (string word in words)
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0)
                    throw instruction.Wrong($"'{word}' has no value. Write name=value, and quotes around a value with spaces.");
                set.Add(new ImageVariable(Name(instruction, word[..equals]), word[(equals + 1)..]));
            }
        }

        foreach (ImageVariable variable in set)
        {
            _known[variable.Name] = variable.Value;
            _variables.Add(variable.Name);
        }

        _parts.Add(new StepPart(new VariablesStep(set)));
    }

    private void ReadCopy(Instruction instruction)
    {
        if (instruction.Documents.Count > 0)
            throw instruction.Wrong("COPY of a here-document is not understood. Put the text in a file, or write it with RUN cat <<EOF > file.");
        List<string> words = JsonWords(instruction) ?? WordReader.Words(instruction, _escape, _known);
        if (words.Count < 2)
            throw instruction.Wrong("COPY needs what to copy and where to: COPY source target.");
        string[] sources = [.. words.Take(words.Count - 1).Select(word => Concrete(instruction, word))];
        string target = Target(instruction, Concrete(instruction, words[^1]));
        string place = $"{instruction.File}:{instruction.Line}";
        _parts.Add(new CopyPart(new CopySources(_context, sources, place) { IsConfined = true, Ignored = IgnoreFile.Of(_file) }, target));
    }

    private List<string>? JsonWords(Instruction instruction) => ExecForm.TryRead(instruction.Text) is { } words
        ? [.. words.Select(word => WordReader.Whole(instruction, word, _escape, _known))]
        : null;

    /// <summary>A text without references: those to the home can be written another way, others have no value here.</summary>
    private static string Concrete(Instruction instruction, string template)
    {
        if (template == "${HOME}" || template.StartsWith("${HOME}/", StringComparison.Ordinal))
            template = "~" + template["${HOME}".Length..];
        return VariableTemplate.Expand(template, name => throw instruction.Wrong($"{name} has no value here. Set it with ARG or ENV before this line, or write what it stands for."));
    }

    private static string Target(Instruction instruction, string path) => path.Split('/').Contains("..")
        ? throw instruction.Wrong($"The target {path} leaves its folder by '..'. Write the path in full.")
        : path;

    private static string Name(Instruction instruction, string name) => name.Length > 0 && name.Select(static (c, i) => VariableTemplate.IsNamePart(c, i == 0)).All(static is_ => is_)
        ? name
        : throw instruction.Wrong($"'{name}' is no name of a variable: letters, digits and underscores make one.");

    private static string? Flag(string text)
    {
        string word = text.Split(' ', 2)[0];
        return word.Length > 2 ? word.Split('=', 2)[0] : null;
    }
}
