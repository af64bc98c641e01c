using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Runhouse.Integration.App;

/// <summary>Remote code that writes past its console, and remote code that has others write.</summary>
public static partial class Output
{
    /// <summary>Writes a line by a child process to each stream, and one by the system's own call, and stays until it is cancelled, or for a while.</summary>
    [Remote]
    public static async Task WriteRawAsync(string prefix, int stay, CancellationToken cancellationToken = default)
    {
        using var child = Process.Start("sh", ["-c", $"echo {prefix}-child; echo {prefix}-child-error >&2"]);
        await child.WaitForExitAsync(cancellationToken);
        byte[] line = Encoding.UTF8.GetBytes($"{prefix}-native\n");
        if (Write(1, line, line.Length) != line.Length)
            throw new IOException("The line was not written.");
        await Task.Delay(stay, cancellationToken);
    }

    /// <summary>Writes a line and ends the process at once, so that nobody in it comes to read it.</summary>
    [Remote]
    public static void WriteRawAndEnd(string text) // advice: RH0017
    {
        byte[] line = Encoding.UTF8.GetBytes(text);
        _ = Write(2, line, line.Length);
        _ = Kill(Environment.ProcessId, 9);
    }

    /// <summary>Writes a line of its own, and has an object in another worker write one.</summary>
    [Remote]
    public static async Task SayThroughAsync(string name, string line)
    {
        Console.WriteLine($"{line} (near)");
        await using SpeakerRemote speaker = await Speaker.Remote.AttachAsync(name);
        await speaker.SayAsync($"{line} (far)");
        await foreach (int number in speaker.CountAloudAsync(line))
            Console.WriteLine($"{line} (heard {number})");
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

/// <summary>Writes what it is told to.</summary>
[Remote]
public sealed class Speaker
{
    public Task SayAsync(string line)
    {
        Console.WriteLine(line);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> CountAloudAsync(string line)
    {
        for (int i = 0; i < 3; i++)
        {
            Console.WriteLine($"{line} (far {i})");
            yield return i;
            await Task.Yield();
        }
    }
}
