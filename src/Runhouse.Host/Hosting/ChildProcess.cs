using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Runhouse.Host.Hosting;

/// <summary>
/// What holds for every process that the host starts. It gets a session of its own where <c>setsid</c> exists: a Ctrl-C in the terminal that the host was
/// started from is not meant for it, and it can be ended together with all that it started.
/// </summary>
internal static partial class ChildProcess
{
    public const int Terminate = 15;
    public const int Kill = 9;

    private const string SecretPrefix = "RUNHOUSE__";

    private static readonly string? Setsid = Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists);

    /// <summary>How to start a program with pipes for its standard streams.</summary>
    public static ProcessStartInfo CreateStart(IReadOnlyList<string> command, string workingDirectory)
    {
        string[] whole = Setsid is null ? [.. command] : [Setsid, .. command];
        var start = new ProcessStartInfo(whole[0], whole[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };

        // Configuration of the caller that started the host; it may hold credentials that are not meant for remote code.
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase))
                start.Environment.Remove((string)variable.Key);
        }

        return start;
    }

    /// <summary>Sends a signal to a process that has not ended, and to all that it started and that stayed in its session's first group.</summary>
    public static void Signal(Process process, int processId, int signal)
    {
        if (Setsid is not null && SendSignal(-processId, signal) == 0)
            return;

        // No group of that number: there is no setsid, it has not run yet, or all have ended.
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile, which is what was asked for.
        }
    }

    /// <summary>Whether there is a group of that number, of which a process was started here.</summary>
    public static bool HasGroup(int number) => Setsid is not null && SendSignal(-number, 0) == 0;

    /// <summary>Sends a signal to a group, which may have gone meanwhile.</summary>
    public static void SignalGroup(int number, int signal) => _ = SendSignal(-number, signal);

    /// <summary>Sends a signal to one process, which may have gone meanwhile.</summary>
    public static void SignalOne(int processId, int signal) => _ = SendSignal(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
