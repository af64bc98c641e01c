namespace Runhouse.Worker.Hangs;

/// <summary>
/// Tells calls that wait from those that hang behind an <c>await</c>, where a call has no thread of its own: a call is in its member's code on one thread at most, so that when more threads are
/// there than calls whose time is not over, one is of a call whose time is. That costs a look at all stacks, which is taken when a call is late, and rarely after that.
/// </summary>
/// <param name="callsInFlight">The calls in flight, by their ids and the signatures of what they call.</param>
/// <param name="readStacks">The methods on the stack of each thread, or null when the runtime does not tell.</param>
/// <param name="time">The clock.</param>
internal sealed class LateCalls(Func<IEnumerable<(string Call, string Member)>> callsInFlight, Func<IReadOnlyCollection<string[]>?> readStacks, TimeProvider time)
{
    private const int Strikes = 3;

    private static readonly TimeSpan BetweenStrikes = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Look> _looks = new(StringComparer.Ordinal);

    /// <summary>Looks for a member of whose late calls one keeps a thread, time after time.</summary>
    /// <param name="late">The late calls, by their ids and the signatures of what they call.</param>
    /// <returns>The signature; null when there is none, or it is not time to look again.</returns>
    public string? FindHung(IReadOnlyList<(string Call, string Member)> late)
    {
        foreach (string gone in _looks.Keys.Except(late.Select(static one => one.Member)).ToArray())
            _looks.Remove(gone);
        string[] due = [.. late.Select(static one => one.Member).Distinct().Where(member => !_looks.TryGetValue(member, out Look? look) || time.GetElapsedTime(look.At) >= look.Pause)];
        if (due.Length == 0 || readStacks() is not { } stacks)
            return null;
        HashSet<string> isLate = [.. late.Select(static one => one.Call)];
        Dictionary<string, int> others = callsInFlight().Where(call => !isLate.Contains(call.Call)).GroupBy(static call => call.Member).ToDictionary(static calls => calls.Key, static calls => calls.Count());
        foreach (string member in due)
        {
            var frames = new MemberFrames(member);

            // Members of the same name share the names of their code, however they differ in their parameters.
            int able = others.Where(one => new MemberFrames(one.Key).Has(member)).Sum(static one => one.Value);
            bool isKept = stacks.Count(stack => Array.Exists(stack, frames.Has)) > able;
            Look? last = _looks.GetValueOrDefault(member);
            int strikes = isKept ? (last?.Strikes ?? 0) + 1 : 0;
            if (strikes >= Strikes)
                return member;
            TimeSpan pause = isKept ? BetweenStrikes : last is not { Strikes: 0 } ? FirstPause : last.Pause * 2;
            _looks[member] = new Look(time.GetTimestamp(), strikes, pause < LongestPause ? pause : LongestPause);
        }

        return null;
    }

    private sealed record Look(long At, int Strikes, TimeSpan Pause);
}
