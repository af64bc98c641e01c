namespace Runhouse.Protocol.Control;

/// <summary>Recognizes in a worker's output where the runtime begins to say why the process ends.</summary>
public static class CrashOutput
{
    /// <summary>How a worker's own report begins when it ends because of a call that hangs.</summary>
    public const string HangReport = "Worker hung";

    private static readonly string[] Beginnings = ["Stack overflow", "Unhandled exception", "Process terminated", "Out of memory", "Fatal error", HangReport];

    /// <summary>Whether a line begins the runtime's report of a crash. What follows may be thousands of lines of stack.</summary>
    /// <param name="line">A line that the process wrote.</param>
    public static bool IsBeginning(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return Array.Exists(Beginnings, beginning => line.StartsWith(beginning, StringComparison.Ordinal));
    }
}
