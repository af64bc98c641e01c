using System.Diagnostics;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Integration.App;

/// <summary>Remote code that writes past its console, and remote code that has others write.</summary>
public static class Output
{
    /// <summary>Writes a line by a child process to each stream, and one by the system's own call, and stays until it is cancelled, or for a while.</summary>
    [Remote]
    public static async Task WriteRawAsync(string prefix, int stay, CancellationToken cancellationToken = default)
    {
        using var child = Process.Start("sh", ["-c", $"echo {prefix}-child; echo {prefix}-child-error >&2"]);
        await child.WaitForExitAsync(cancellationToken);
        Write(1, $"{prefix}-native\n");
        await Task.Delay(stay, cancellationToken);
    }

    /// <summary>Writes a line and ends the process at once, so that nobody in it comes to read it.</summary>
    [Remote]
    public static void WriteRawAndEnd(string text) // advice: RH0017
    {
        Write(2, text);
#pragma warning disable RH0131 // A worker that ends with output that nobody has read is what the test is about.
        Process.GetCurrentProcess().Kill();
#pragma warning restore RH0131
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

    // As native code writes: to the descriptor, past the console.
    private static void Write(int descriptor, string text)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        using var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
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
