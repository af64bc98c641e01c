namespace Runhouse.Cli.Parsing;

/// <summary>Words of this machine's command line for another one's shell.</summary>
internal static class ShellWords
{
    /// <summary>A command for a POSIX shell: one word is that, with all that the shell makes of it; several are a program and its arguments, each of which arrives as it is.</summary>
    /// <param name="words">The words.</param>
    public static string Join(IReadOnlyList<string> words) => words is [var text] ? text : string.Join(' ', words.Select(Quote));

    private static string Quote(string word) => word.Length > 0 && word.All(static one => char.IsAsciiLetterOrDigit(one) || "_@%+=:,./-".Contains(one, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
