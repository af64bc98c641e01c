using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;

namespace Runhouse.Worker.Loading;

/// <summary>Tells the host which functions of the deployment it is to run by itself.</summary>
internal static class DeclaredSchedules
{
    /// <summary>The schedules of a deployment's contracts.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="limits">What calls may be made of.</param>
    public static IReadOnlyList<DeclaredSchedule> Of(Deployment deployment, WireLimits limits) =>
    [
        .. deployment.Contracts.SelectMany(static one => one.Contract.Schedules).Select(schedule => Describe(schedule, deployment.Members[schedule.MethodId].Member, limits)),
    ];

    private static DeclaredSchedule Describe(RemoteSchedule schedule, RemoteMember member, WireLimits limits)
    {
        Resources needs = member.ReadNeeds();
        return new DeclaredSchedule
        {
            MethodId = member.Id,
            Member = member.Signature,
            Expression = schedule.Expression,
            TimeZone = schedule.TimeZone,
            KeepsUp = schedule.KeepsUp,
            IsIdempotent = member.IsIdempotent,
            Retries = schedule.Retries,
            Needs = needs == Resources.None ? null : WorkerRequest.For(needs),
            Arguments = schedule.WriteArguments is { } write ? Arguments(write, limits) : [],
        };
    }

    private static byte[] Arguments(WireWrite<Unit> write, WireLimits limits)
    {
        using var body = new BodyBuffer { MaxBytes = limits.MaxBodyBytes };
        var writer = new WireWriter(body, ObjectForm.Map, limits);
        write(ref writer, default);
        writer.Flush();
        return body.Written.ToArray();
    }
}
