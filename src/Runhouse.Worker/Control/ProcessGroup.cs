using System.Globalization;
using System.Runtime.InteropServices;

namespace Runhouse.Worker.Control;

/// <summary>The processes that this one has started and that have stayed in its group; it leads the group when a host has started it.</summary>
internal static partial class ProcessGroup
{
    private const int Kill = 9;
    private const int MaxRounds = 5;

    /// <summary>Ends all of them, in rounds: one that is ending may have started another.</summary>
    public static void EndOthers()
    {
        if (!OperatingSystem.IsLinux() || OwnGroup() != Environment.ProcessId)
            return;
        for (int round = 0; round < MaxRounds; round++)
        {
            int[] others = [.. Directory.EnumerateDirectories("/proc").Select(IdIn).Where(static id => id != 0)];
            if (others.Length == 0)
                return;
            foreach (int id in others)
                _ = SendSignal(id, Kill);
        }
    }

    /// <summary>The process of a folder of <c>/proc</c> if it is another one of this group, and none that has ended already; else 0.</summary>
    private static int IdIn(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id == Environment.ProcessId)
            return 0;
        try
        {
            // Behind the name in parentheses: state, parent, group.
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields is [not "Z", _, { } group, ..] && group == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) ? id : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int OwnGroup();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
