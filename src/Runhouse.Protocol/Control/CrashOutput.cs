namespace Runhouse.Protocol.Control;

/// <summary>Recognizes in a worker's output where the runtime begins to say why the process ends.</summary>
public static class CrashOutput
{
    /// <summary>How a worker's own report begins when it ends because of a call that hangs.</summary>
    public const string HangReport = "Worker hung";

    private static readonly string[] Beginnings = ["Stack overflow", "Unhandled exception", "Process terminated", "Out of memory", "Fatal error", HangReport];

    /// <summary>
    /// Whether the runtime reports that the process ended for want of memory: it says so itself, or names the exception that nobody caught. What the code has written of its own accord is no report,
    /// whatever it says.
    /// </summary>
    /// <param name="output">The last lines that the process wrote.</param>
    public static bool IsOutOfMemory(IReadOnlyList<string> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output.LastOrDefault(IsBeginning) is { } report
            && (report.TrimEnd() == "Out of memory." || report.StartsWith("Unhandled exception. System.OutOfMemoryException", StringComparison.Ordinal));
    }

    /// <summary>Whether a line begins the runtime's report of a crash. What follows may be thousands of lines of stack.</summary>
    /// <param name="line">A line that the process wrote.</param>
    public static bool IsBeginning(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return Array.Exists(Beginnings, beginning => line.StartsWith(beginning, StringComparison.Ordinal));
    }
}
