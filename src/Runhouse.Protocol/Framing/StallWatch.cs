using System.Collections.Concurrent;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// Looks after the read loops that run work in place: one whose work stands still between two looks is taken over. One thread for the
/// process, which sleeps while no loop runs any.
/// </summary>
internal static class StallWatch
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(4);

    /// <summary>
    /// Between looks while nothing has stood still for long: each one takes a core from a call, which shows in the slowest percent of calls
    /// made one after the other.
    /// </summary>
    private static readonly TimeSpan CalmTick = TimeSpan.FromMilliseconds(20);

    /// <summary>So many looks without a stall make the watch calm.</summary>
    private const int CalmLooks = 50;

    /// <summary>After so many looks that found nothing it sleeps, so that a steady flow of calls need not wake it each time.</summary>
    private const int QuietLooks = 12;

    /// <summary>Looks that must see the same as the one before: with less, a machine that stops a thread for a moment would pass for one that is stuck.</summary>
    private const int StuckLooks = 1;

    private static readonly ConcurrentDictionary<ReadLoop, Seen> Loops = new();
    private static readonly object Signal = new();
    private static volatile bool _isAsleep;
    private static bool _isStarted;
    private static int _looksSinceStall;

    public static void Add(ReadLoop loop)
    {
        Loops[loop] = new Seen();
        lock (Signal)
        {
            if (_isStarted)
                return;
            _isStarted = true;
        }

        new Thread(Watch) { IsBackground = true, Name = "Runhouse stall watch" }.UnsafeStart();
    }

    public static void Remove(ReadLoop loop) => Loops.TryRemove(loop, out _);

    /// <summary>A loop begins to run work. It has published that with a full fence before.</summary>
    public static void Wake()
    {
        if (!_isAsleep)
            return;
        lock (Signal)
        {
            _isAsleep = false;
            Monitor.Pulse(Signal);
        }
    }

    private static void Watch()
    {
        int quiet = 0;
        while (true)
        {
            lock (Signal)
                Monitor.Wait(Signal, _looksSinceStall < CalmLooks ? Tick : CalmTick);
            quiet = Look() ? 0 : quiet + 1;
            if (quiet < QuietLooks)
                continue;
            _isAsleep = true;
            Interlocked.MemoryBarrier();

            // A loop that began between the look and the flag did not see the flag.
            if (Look())
                _isAsleep = false;
            lock (Signal)
            {
                while (_isAsleep)
                    Monitor.Wait(Signal);
            }

            quiet = 0;
        }
    }

    /// <summary>Takes over what stands still; whether any loop runs work.</summary>
    private static bool Look()
    {
        bool any = false;
        _looksSinceStall++;
        foreach ((ReadLoop loop, Seen seen) in Loops)
        {
            long progress = loop.Progress;
            bool runs = (progress & 1) != 0;
            any |= runs;
            seen.Looks = runs && progress == seen.Progress ? seen.Looks + 1 : 0;
            seen.Progress = progress;
            if (seen.Looks < StuckLooks)
                continue;
            _looksSinceStall = 0;
            loop.TakeOver(progress);
        }

        return any;
    }

    private sealed class Seen
    {
        public long Progress { get; set; }

        public int Looks { get; set; }
    }
}
