namespace Runhouse;

/// <summary>
/// Marks a class (its instances become <em>remote objects</em>) or a static method (a <em>remote function</em>) as code that
/// runs on a cluster, and says what it needs there. The source generator writes the proxy and the dispatcher at compile time.
/// </summary>
/// <remarks>
/// The values follow one grammar, the one of <see cref="Resources.Parse"/>: <c>Gpu = "A100:2"</c>, <c>Gpu = "A100|H100"</c>,
/// <c>Cpus = "8+"</c>, <c>Memory = "64+"</c> (GiB).
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, Inherited = false)]
public class RemoteAttribute : Attribute
{
    /// <summary>The accelerator and its count, <c>"A100"</c>, <c>"A100:2"</c> or alternatives <c>"A100|H100"</c>.</summary>
    public string? Gpu { get; set; }

    /// <summary>The number of processor cores: exactly (<c>"8"</c>) or at least (<c>"8+"</c>).</summary>
    public string? Cpus { get; set; }

    /// <summary>Memory in GiB: at least (<c>"64+"</c>), or exactly (<c>"64"</c>), which also caps the worker.</summary>
    public string? Memory { get; set; }

    /// <summary>The size of the disk in GiB, <c>"200"</c>, of a machine that is leased.</summary>
    public string? Disk { get; set; }

    /// <summary>Where a machine is leased, as the provider names the region; alternatives separated by <c>|</c>.</summary>
    public string? Region { get; set; }

    /// <summary>Whether a machine that is leased may be a spot machine: <c>"never"</c>, <c>"allowed"</c> or <c>"only"</c>.</summary>
    public string? Spot { get; set; }

    /// <summary>The type of a machine that is leased, as the provider names it; alternatives separated by <c>|</c>.</summary>
    public string? InstanceType { get; set; }

    /// <summary>Who a machine is leased from; alternatives separated by <c>|</c>.</summary>
    public string? Provider { get; set; }

    /// <summary>The most that a machine which is leased may cost, in US dollars an hour, <c>"2.50"</c>.</summary>
    public string? MaxPrice { get; set; }

    /// <summary>
    /// How many calls of one remote object (or of one remote function) run at the same time; 0, the default, sets no limit.
    /// 1 runs them one after the other, in the order in which they arrived.
    /// </summary>
    public int Concurrency { get; set; }

    /// <summary>
    /// Whether a second run of a call does no harm. A call that was lost with its worker, or whose outcome is not known, may then be made again
    /// (<see cref="Retries"/>). Said of a class, it holds for its constructors and its members.
    /// </summary>
    public bool Idempotent { get; set; }

    /// <summary>
    /// How many times a call is made again after it has failed without an outcome, with growing pauses between; 0, the default, for never. Of a member that is
    /// not <see cref="Idempotent"/>, only calls that surely have not begun: no worker was reached. What remote code throws is an outcome, and comes to
    /// the caller at once. An object lives in one worker, and calls of it are not made again once that is lost. Said of a class, it holds for its
    /// constructors and its members.
    /// </summary>
    public int Retries { get; set; }

    /// <summary>
    /// When the host runs a remote function by itself, as a detached call with the defaults of its parameters: a cron expression of five fields (minute, hour, day of
    /// the month, month, day of the week), <c>"0 6 * * MON-FRI"</c>, or of six with seconds in front; also <c>"@hourly"</c>, <c>"@daily"</c> and the like. Null, the default,
    /// for never. It holds from when a build with it is deployed until another one is. For functions only.
    /// </summary>
    public string? Schedule { get; set; }

    /// <summary>The IANA id of the time zone whose clock <see cref="Schedule"/> means, <c>"Europe/Vienna"</c>; null, the default, for UTC.</summary>
    public string? TimeZone { get; set; }

    /// <summary>
    /// Whether <see cref="Schedule"/> keeps its host up, whoever uses it. Without that, a build with a schedule is refused by hosts that stop when nobody uses them (autostop).
    /// </summary>
    public bool KeepsUp { get; set; }
}
