using Runhouse.Host.Calls;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>What a worker's answer means for a detached call.</summary>
public sealed class CallEndTests
{
    [Fact]
    public void A_call_for_which_its_worker_has_no_room_is_told_from_one_whose_code_has_met_such_a_worker()
    {
        OverloadedException thrown = Assert.Throws<OverloadedException>(CallAnother);
        using CallEnd refused = Of(new OverloadedException("64 calls are in flight."));
        using CallEnd failed = Of(thrown);
        Assert.Equal((true, false), (refused.IsRefusal, failed.IsRefusal));
        Assert.All([refused, failed], static end => Assert.Equal((CallState.Failed, CallOutcome.Error), (end.State, end.Kind)));
    }

    private static void CallAnother() => throw new OverloadedException("The called code has called another worker.");

    private static CallEnd Of(Exception error)
    {
        var body = new BodyBuffer();
        ErrorCodec.Write(body, error, "host", "worker", "call");
        return CallEnd.Of(new CarriedOutcome(body, isError: true), WireLimits.Default);
    }
}
