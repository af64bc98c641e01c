namespace Runhouse.Runtime.Images.Dockerfiles;

/// <summary>What a RUN means to the shell.</summary>
internal static class RunCommandText
{
    /// <summary>The command. Variables in it are the shell's to replace.</summary>
    public static string Of(Instruction instruction)
    {
        if (ExecForm.TryRead(instruction.Text) is { } words)
            return words.Count > 0 ? string.Join(' ', words.Select(Quote)) : throw instruction.Wrong("RUN [] says nothing.");
        if (instruction.Documents.Count == 0)
            return instruction.Text;

        // A here-document alone is the script itself; beside a command it is that command's input, which is the shell's own affair.
        if (instruction.Documents is [var only] && only.Marker == instruction.Text)
            return only.Body.StartsWith("#!", StringComparison.Ordinal) ? Script(only.Body) : only.Body;
        return instruction.Text + "\n" + string.Concat(instruction.Documents.Select(static document => document.Body + document.End + "\n"));
    }

    private static string Quote(string word) => word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+@%".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // It names its own interpreter, so that it has to be a file.
    private static string Script(string body) => $"""
        script=$(mktemp) || exit
        trap 'rm -f "$script"' EXIT
        printf %s {Quote(body)} > "$script"
        chmod 700 "$script"
        "$script"
        """;
}
