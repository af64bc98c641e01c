using System.Text.Json.Serialization;

namespace Runhouse.Protocol;

/// <summary>What either side accepts. Checked when writing, so that the error names the member, and again when reading.</summary>
public sealed record WireLimits
{
    /// <summary>The default limits.</summary>
    public WireLimits()
    {
    }

    /// <summary>For JSON: generated readers assign every init member, and the ones left out would be zero but for these defaults.</summary>
    [JsonConstructor]
    internal WireLimits(
        int maxDepth = 256, long maxBodyBytes = 1L << 30, int maxCount = 1 << 28, int maxFrameBytes = 65 * 1024, int maxCallsInFlight = 65_536,
        int sessionGraceSeconds = 30, long maxUnacknowledgedBytes = 16L << 20, int keepAliveSeconds = 10,
        long maxBytesInFlight = 2L << 30, int maxWorkerCallsInFlight = 262_144, long maxWorkerBytesInFlight = 8L << 30, int hangGraceSeconds = 30)
    {
        (MaxDepth, MaxBodyBytes, MaxCount, MaxFrameBytes, MaxCallsInFlight) = (maxDepth, maxBodyBytes, maxCount, maxFrameBytes, maxCallsInFlight);
        (SessionGraceSeconds, MaxUnacknowledgedBytes, KeepAliveSeconds) = (sessionGraceSeconds, maxUnacknowledgedBytes, keepAliveSeconds);
        (MaxBytesInFlight, MaxWorkerCallsInFlight, MaxWorkerBytesInFlight) = (maxBytesInFlight, maxWorkerCallsInFlight, maxWorkerBytesInFlight);
        HangGraceSeconds = hangGraceSeconds;
    }

    /// <summary>The limits when none are set.</summary>
    public static WireLimits Default { get; } = new();

    /// <summary>The deepest nesting of objects and collections in one value.</summary>
    public int MaxDepth { get; init; } = 256;

    /// <summary>The largest body of one call, result or stream item, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>The largest number of items that a collection's header may announce.</summary>
    public int MaxCount { get; init; } = 1 << 28;

    /// <summary>The largest payload of one frame, in bytes; a larger body travels in several frames. By default 64 KiB, and what stands in front of them.</summary>
    public int MaxFrameBytes { get; init; } = 65 * 1024;

    /// <summary>The most calls in flight on one connection.</summary>
    public int MaxCallsInFlight { get; init; } = 65_536;

    /// <summary>
    /// The most bytes in flight on one connection: arguments of 4 KiB and more from their arrival to the end of their call, items of its
    /// streams, which come in batches of at least 512 bytes each, until they are taken, and on either side what waits to be sent of bodies of
    /// 4 KiB and more.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 2L << 30;

    /// <summary>The most calls in flight in a worker, over all its connections.</summary>
    public int MaxWorkerCallsInFlight { get; init; } = 262_144;

    /// <summary>The most bytes of arguments in flight in a worker, over all its connections; counted as for one.</summary>
    public long MaxWorkerBytesInFlight { get; init; } = 8L << 30;

    /// <summary>
    /// How long a session outlives a lost connection, in seconds: its calls go on, and what they send is kept. Past it, the worker cancels
    /// the calls and the caller does not know their outcome. 0 for not at all.
    /// </summary>
    public int SessionGraceSeconds { get; init; } = 30;

    /// <summary>
    /// How much of what a side has sent it keeps for a new connection while the far side has not acknowledged it, in bytes; at least
    /// 256 KiB. Beyond it, calls, results, items and lines wait.
    /// </summary>
    public long MaxUnacknowledgedBytes { get; init; } = 16L << 20;

    /// <summary>
    /// After how many seconds of silence a connection through a network is tested; after as many again it counts as lost. 0 for never. A
    /// connection within one machine needs no test.
    /// </summary>
    public int KeepAliveSeconds { get; init; } = 10;

    /// <summary>
    /// For how many seconds behind its deadline a call may ignore its cancellation and keep its thread. Then its worker writes the stacks of its threads into
    /// its log and is ended, since such a thread never comes back. A worker that gives its host no sign of life for twice as long is ended as
    /// well. A call that nobody waits for any more counts as one in flight for as long. 0 for never, as when a debugger is to stop workers.
    /// </summary>
    public int HangGraceSeconds { get; init; } = 30;

    /// <summary>How a limit is raised, for messages: in the caller only, that changes nothing where its host runs already.</summary>
    /// <param name="limit">The limit's name.</param>
    internal static string Raise(string limit)
        => $"raise Runhouse:Limits:{limit}. A host that runs keeps the limits of the caller that started it, and so do its workers: take it down with 'runhouse down NAME' ('local' on this machine) or Cluster.DownAsync(), and call again.";

    /// <summary>What to do about a value over a limit, for messages.</summary>
    /// <param name="limit">The limit's name.</param>
    internal static string Advice(string limit) => "Send less at once, or " + Raise(limit);

    /// <summary>What to do about a body over <see cref="MaxBodyBytes"/>, for messages.</summary>
    /// <param name="isItem">Whether it is an item of a stream or a report, and not the arguments or the result of a call.</param>
    internal static string AdviceForBodies(bool isItem)
        => (isItem ? "Send smaller items, or " : "Send it as a stream (IAsyncEnumerable<T>), or ") + Raise(nameof(MaxBodyBytes));
}
