namespace Runhouse.Runtime.Machines;

/// <summary>Words for a POSIX shell.</summary>
internal static class ShellText
{
    /// <summary>A word that the shell takes as it is, whatever is in it.</summary>
    /// <param name="word">The word.</param>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
