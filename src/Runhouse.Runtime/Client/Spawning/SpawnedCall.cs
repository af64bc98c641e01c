using System.Security.Cryptography;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Client.Spawning;

/// <summary>A detached call that a host has recorded.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Cluster">Finds the cluster whose host has it.</param>
/// <param name="Receivers">The arguments of this program that receive its progress.</param>
internal sealed record SpawnedCall(string Id, Func<ClusterConnection> Cluster, IReadOnlyList<ReportReceiver> Receivers)
{
    private const int IdBytes = 8;

    private static readonly TimeSpan DefaultRetention = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestRetention = TimeSpan.FromDays(366);

    /// <summary>What the host is told of a call, wherever it goes.</summary>
    /// <param name="call">The call.</param>
    /// <param name="retention">For how long its outcome is kept; null for the usual time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not longer than zero, or longer than a year.</exception>
    public static DetachedCall Describe(RecordedCall call, TimeSpan? retention)
    {
        TimeSpan kept = retention ?? DefaultRetention;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(kept, TimeSpan.Zero, nameof(retention));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kept, LongestRetention, nameof(retention));
        RemoteMember? member = RemoteContracts.All.SelectMany(static contract => contract.Members).FirstOrDefault(one => one.Id == call.Method.Id);
        return new DetachedCall
        {
            Member = member?.Signature ?? call.Method.Name,
            MethodId = call.Method.Id,
            Receivers = [.. call.Receivers.Select(static receiver => receiver.Index)],
            IsIdempotent = call.Method.IsIdempotent,
            Retries = call.Method.Retries,
            RetentionSeconds = kept.TotalSeconds,
        };
    }

    /// <summary>Has a host record and run a call. The id is made here: a host that is asked twice, since its answer was lost, runs it once.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="choice">In which worker a function runs.</param>
    /// <param name="call">What the host is told.</param>
    /// <param name="recorded">The call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<SpawnedCall> SpawnAsync(
        ClusterConnection cluster, WorkerChoice choice, DetachedCall call, RecordedCall recorded, CancellationToken cancellationToken)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        await cluster.SpawnAsync(id, choice, call, recorded.Arguments, cancellationToken).ConfigureAwait(false);
        return new SpawnedCall(id, () => cluster, recorded.Receivers);
    }

    /// <summary>A call that some program has made.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cluster">The cluster; null for the one that the configuration names.</param>
    /// <exception cref="ArgumentException">It is no id of a detached call.</exception>
    public static SpawnedCall Of(string id, Cluster? cluster)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length != 2 * IdBytes || !id.All(char.IsAsciiHexDigitLower))
            throw new ArgumentException($"'{id}' is no id of a detached call: those have {2 * IdBytes} hexadecimal digits. Take what RemoteCall.Id or 'runhouse calls' gave.", nameof(id));
        return new SpawnedCall(
            id,
            () => (RunhouseRuntime.Current.Clusters ?? throw new NotSupportedException(InlineMode)).Of(cluster),
            []);
    }

    /// <summary>Why there are no detached calls where remote code runs in this process.</summary>
    public const string InlineMode = "Remote code runs in this process (Runhouse:Mode = Inline), and no detached call outlives it. Set Runhouse:Mode to Remote.";
}
