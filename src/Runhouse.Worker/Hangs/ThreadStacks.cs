using System.Net.Sockets;

namespace Runhouse.Worker.Hangs;

/// <summary>What the threads of this process are doing.</summary>
internal static class ThreadStacks
{
    /// <summary>The runtime takes a sample every few milliseconds.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A line for each thread and each method on its stack, innermost first; threads in the named member come first. When the runtime does not tell the
    /// stacks, what the system knows of its threads.
    /// </summary>
    /// <param name="member">The signature of a member, <c>App.Jobs.Spin(int)</c>.</param>
    public static IEnumerable<string> Capture(string member)
    {
        try
        {
            var frames = new MemberFrames(member);
            return [.. TraceReader.Read(DiagnosticSession.Sample(Duration))
                .OrderByDescending(thread => Array.Exists(thread.Value, frames.Has))
                .ThenBy(static thread => thread.Key)
                .SelectMany(static thread => (string[])[$"Thread {thread.Key}{Named(thread.Key)}", .. thread.Value.Select(static method => "   at " + method)])];
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidDataException)
        {
            return [$"Their methods are not known ({exception.Message}). What the system says of the threads:", .. Described()];
        }
    }

    /// <summary>The methods on the stack of each thread, innermost first; null when the runtime does not tell.</summary>
    public static IReadOnlyCollection<string[]>? TryRead()
    {
        try
        {
            return [.. TraceReader.Read(DiagnosticSession.Sample(Duration)).Values];
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidDataException)
        {
            // Code that turns the runtime's diagnostics off is left alone where it awaits.
            return null;
        }
    }

    private static string Named(long thread) => Read(Path.Combine("/proc/self/task", thread.ToString(System.Globalization.CultureInfo.InvariantCulture)), "comm") is { } name ? $" '{name}'" : "";

    private static IEnumerable<string> Described() => !Directory.Exists("/proc/self/task") ? [] : Directory.GetDirectories("/proc/self/task")
        .Select(static folder => $"Thread {Path.GetFileName(folder)} '{Read(folder, "comm")}': {State(folder)}, waits in {Read(folder, "wchan")}");

    private static string State(string folder)
        => Read(folder, "status")?.Split('\n').FirstOrDefault(static line => line.StartsWith("State:", StringComparison.Ordinal))?["State:".Length..].Trim() ?? "ended";

    private static string? Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The thread has ended meanwhile, or the system does not tell.
            return null;
        }
    }
}
