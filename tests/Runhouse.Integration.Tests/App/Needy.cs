using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Runhouse.Integration.App;

/// <summary>Code that needs something in particular of its host.</summary>
public static class Needy
{
    private static readonly List<object> Held = [];

    [Remote(Cpus = "1")]
    public static Task<int> ProcessIdAsync() => Task.FromResult(Environment.ProcessId);

    /// <summary>Calls what needs less, and what needs nothing.</summary>
    [Remote(Cpus = "1+")]
    public static async Task<int[]> NestedAsync() => [Environment.ProcessId, await ProcessIdAsync(), await Jobs.ProcessIdAsync()];

    /// <summary>Takes native memory until it has so much, or is ended.</summary>
    [Remote(Memory = "0.25")]
    public static int TakeNative(int mebibytes) // advice: RH0017
    {
        Console.WriteLine("about to take memory");
        for (int i = 0; i < mebibytes; i++)
        {
            nint block = Marshal.AllocHGlobal(1 << 20);
            for (int page = 0; page < 1 << 20; page += Environment.SystemPageSize)
                Marshal.WriteByte(block, page, 1);
        }

        return mebibytes;
    }

    /// <summary>Takes managed memory until it has so much, or there is none.</summary>
    [Remote(Memory = "0.25")]
    public static int TakeManaged(int mebibytes) // advice: RH0017
    {
        var taken = new List<byte[]>();
        for (int i = 0; i < mebibytes; i++)
            taken.Add(new byte[1 << 20]);
        return taken.Count;
    }

    /// <summary>The same on a thread of its own, where nobody catches what it throws.</summary>
    [Remote(Memory = "0.25")]
    public static void TakeManagedOnThread(int mebibytes) // advice: RH0017
    {
        var thread = new Thread(() =>
        {
            for (int i = 0; i < mebibytes; i++)
                Held.Add(new byte[1 << 20]);
        });
        thread.Start();
        thread.Join();
    }

    /// <summary>A variable of the environment, as this process and one that it starts see it.</summary>
    [Remote]
    public static async Task<string?[]> VariableAsync(string name)
    {
        using Process child = Process.Start(new ProcessStartInfo("printenv", [name]) { RedirectStandardOutput = true })!; // advice: RH0133
        string seen = await child.StandardOutput.ReadToEndAsync();
        return [Environment.GetEnvironmentVariable(name), seen.Length == 0 ? null : seen.TrimEnd('\n')];
    }
}
