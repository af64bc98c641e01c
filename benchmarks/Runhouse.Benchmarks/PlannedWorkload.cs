namespace Runhouse.Benchmarks;

/// <summary>A workload as the comparison with peers runs it.</summary>
/// <param name="Title">Its title in the report.</param>
/// <param name="Name">Its name, as the callers know it.</param>
/// <param name="Callers">How many call at once.</param>
/// <param name="Calls">How many calls, items or arrays there are in a round.</param>
/// <param name="Every">Which rounds run it: every one, every second, ...; those that take long are run less often.</param>
/// <param name="IsSecure">Whether over TLS, which callers of their own do.</param>
/// <param name="IsStream">Whether it is a stream's, which runs some more times without a library, to tell what bounds it.</param>
/// <param name="AlsoWithoutLogs">Whether this project runs it once more with logs off.</param>
internal sealed record PlannedWorkload(
    string Title, string Name, int Callers, int Calls, int Every = 1, bool IsSecure = false, bool IsStream = false, bool AlsoWithoutLogs = false)
{
    /// <summary>The name of the workload that starts a caller of its own.</summary>
    public const string Start = "start";

    /// <summary>In place of a number of calls: callers go on for as long as a measurement takes, so that slow ones and fast ones begin and end as seldom.</summary>
    public const int ForATime = 0;

    /// <summary>Whether a round runs it: those that take long only the second of the two that do not count, which are below 0.</summary>
    /// <param name="round">The round.</param>
    public bool IsIn(int round) => round < 0 ? round == -1 || Every == 1 : round % Every == 0;

    /// <summary>How many calls there are in a round.</summary>
    /// <param name="quick">Whether a third is enough.</param>
    public int CallsOf(bool quick) => quick && Calls > 1_000 ? Calls / 3 : Calls;
}
