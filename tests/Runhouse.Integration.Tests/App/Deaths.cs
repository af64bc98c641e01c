using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#pragma warning disable RH0131, RH0133 // Workers that end in the middle of a call, and what they have started, are what the tests are about.

namespace Runhouse.Integration.App;

/// <summary>Remote functions that bring their worker down, and others that are lost with it.</summary>
public static class Deaths
{
    /// <summary>How often each key has run, over all workers of this machine.</summary>
    private static string CountFile(string key) => Path.Combine(Path.GetTempPath(), "rh-count-" + key);

    /// <summary>Ends the worker.</summary>
    /// <param name="how">In which way.</param>
    [Remote]
    public static async Task DieAsync(string how)
    {
        Console.WriteLine($"dying: {how}");
        await Task.Yield();
        switch (how)
        {
            case "exception":
                new Thread(static () => throw new InvalidOperationException("on purpose")).Start();
                await Task.Delay(Timeout.Infinite);
                break;
            case "fail-fast":
                Environment.FailFast("on purpose");
                break;
            case "stack-overflow":
                Overflow(new int[4]);
                break;
            case "abort":
                Abort();
                break;
            case "exit":
                Environment.Exit(3);
                break;
            case "out-of-memory":
                // Not more than a machine has whose kernel sets the worker no limit.
                Needy.TakeNative(400);
                break;
            default:
                Process.GetCurrentProcess().Kill();
                break;
        }
    }

    /// <summary>Never comes back, whatever its caller does.</summary>
    [Remote]
    public static void Hang() // advice: RH0017
    {
        Console.WriteLine("dying: hang");
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Never comes back either, behind an await.</summary>
    [Remote]
    public static async Task SpinAsync()
    {
        await Task.Yield();
        Console.WriteLine("dying: spin");
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Starts a process that would go on for long; its id.</summary>
    [Remote]
    public static Task<int> StartProcessAsync()
    {
        using Process child = Process.Start("sleep", "1000");
        return Task.FromResult(child.Id);
    }

    /// <summary>Runs a process and gives what it has written.</summary>
    [Remote]
    public static async Task<string> RunProcessAsync(string program, string argument, CancellationToken cancellationToken = default)
    {
        using Process child = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true })!;
        string output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        await child.WaitForExitAsync(cancellationToken);
        return $"{child.ExitCode} {output.Trim()}";
    }

    /// <summary>Counts a run, and takes its worker down unless it is the last of so many.</summary>
    [Remote(Retries = 5, Idempotent = true)]
    public static Task<int> CountAndDieAsync(string key, int last) => CountAsync(key, last);

    /// <summary>The same, of which a second run would do harm.</summary>
    [Remote(Retries = 5)] // advice: RH0028
    public static Task<int> CountOnceAndDieAsync(string key, int last) => CountAsync(key, last);

    /// <summary>The same as a stream.</summary>
    [Remote(Retries = 5, Idempotent = true)]
    public static async IAsyncEnumerable<int> StreamAndDieAsync(string key, int last, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return await CountAsync(key, last).WaitAsync(cancellationToken);
    }

    private static async Task<int> CountAsync(string key, int last)
    {
        await File.AppendAllTextAsync(CountFile(key), ".");
        int runs = (int)new FileInfo(CountFile(key)).Length;
        if (runs < last)
            Process.GetCurrentProcess().Kill();
        return runs;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Overflow(Span<int> more) => more.Length + Overflow([more[0], 1, 2, 3]);

    private static void Abort() => Marshal.GetDelegateForFunctionPointer<Action>(NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abort"))();
}
