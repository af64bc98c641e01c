using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

#pragma warning disable RH0131 // How workers end is what is measured.

namespace Runhouse.Benchmarks.Faults;

/// <summary>Remote functions that end their worker, and one that is lost with it.</summary>
internal static class Deaths
{
    /// <summary>The way in which the kernel ends a worker that has more memory than it may have.</summary>
    internal const string OutOfMemory = "out of memory";

    /// <summary>The worker's process.</summary>
    [Remote]
    internal static Task<int> ProcessIdAsync() => Task.FromResult(Environment.ProcessId);

    /// <summary>Waits for its cancellation.</summary>
    [Remote]
    internal static Task WaitAsync(CancellationToken cancellationToken = default) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>Ends the worker.</summary>
    /// <param name="how">In which way.</param>
    [Remote]
    internal static async Task DieAsync(string how)
    {
        await Task.Yield();
        switch (how)
        {
            case "unhandled exception":
                new Thread(static () => throw new InvalidOperationException("on purpose")).Start();
                await Task.Delay(Timeout.Infinite);
                break;
            case "FailFast":
                Environment.FailFast("on purpose");
                break;
            case "stack overflow":
                Overflow([1, 2, 3, 4]);
                break;
            case "native abort":
                Abort();
                break;
            case OutOfMemory:
                Grow();
                break;
            default:
                Process.GetCurrentProcess().Kill();
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Overflow(Span<int> more) => more.Length + Overflow([more[0], 1, 2, 3]);

    // Memory that the runtime does not count, and so does not refuse.
    private static unsafe void Grow()
    {
        const int Step = 16 << 20;
        while (true)
            new Span<byte>(NativeMemory.Alloc(Step), Step).Fill(1);
    }

    [DllImport("libc", EntryPoint = "abort")]
    private static extern void Abort();
}
