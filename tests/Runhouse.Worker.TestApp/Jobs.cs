using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Runhouse.Worker.TestApp;

/// <summary>The remote functions.</summary>
public static partial class Jobs
{
    private static readonly Barrier Barrier = new(5);
    private static readonly ManualResetEventSlim GateOpen = new();
    private static int _running;
    private static int _most;

    /// <summary>Comes back when five calls are in it at once.</summary>
    public static int MeetBlocking()
    {
        Barrier.SignalAndWait();
        return Environment.CurrentManagedThreadId;
    }

    /// <summary>One at a time: the result is how many were at most.</summary>
    public static async ValueTask<int> OneAtATimeAsync()
    {
        int running = Interlocked.Increment(ref _running);
        _most = Math.Max(_most, running);
        await Task.Yield();
        Interlocked.Decrement(ref _running);
        return _most;
    }

    /// <summary>Passes with 0, waits with 1 until somebody comes with 2.</summary>
    public static int Gate(int step)
    {
        if (step == 1)
            GateOpen.Wait();
        else if (step == 2)
            GateOpen.Set();
        return step;
    }

    public static int Count(byte[] bytes) => bytes.Length;

    /// <summary>Writes lines in pieces, with waits between them, and a last one without an end.</summary>
    public static async Task<int> WriteAsync(int number)
    {
        for (int i = 0; i < 20; i++)
        {
            Console.Write($"{number}:");
            await Task.Yield();
            Console.WriteLine(i);
        }

        Console.Error.WriteLine($"{number}:error");
        Console.Write($"{number}:last");
        return number;
    }

    /// <summary>What the context says, behind an asynchronous step.</summary>
    public static async Task<string> DescribeContextAsync()
    {
        await Task.Yield();
        var context = RemoteContext.Current!;
        return $"{context.Host}/{context.Worker}/{context.CallId.Length > 0}/{context.Satisfies(Resources.Parse(cpus: "2"))}/"
            + $"{context.Satisfies(Resources.Parse(gpu: "A100"))}/{AppContext.BaseDirectory == Environment.CurrentDirectory + "/"}/"
            + System.Reflection.Assembly.GetEntryAssembly()!.GetName().Name;
    }

    public static async Task WaitForCancellationAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("waiting");
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string UseMissingAssembly() => CsCheck.Gen.Int.ToString()!;

    public static int UseMissingLibrary() => NotThere();

    public static int Fail() => throw new ArgumentOutOfRangeException("epoch", "must be positive");

    [LibraryImport("notthere")]
    private static partial int NotThere();
}
