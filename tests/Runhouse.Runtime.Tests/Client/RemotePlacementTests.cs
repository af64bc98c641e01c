using Runhouse.Protocol;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client.Spawning;

namespace Runhouse.Runtime.Tests.Client;

public sealed class RemotePlacementTests
{
    [Fact]
    public void Calls_are_written_down_by_a_recorder_and_by_nothing_else()
    {
        var recorder = new CallRecorder(WireLimits.Default);
        var placement = new RemotePlacement(null!, Resources.None);
        Assert.Same(recorder, placement.Recording(recorder).Functions);

        var error = Assert.Throws<ArgumentException>(() => placement.Recording(new Elsewhere()));
        Assert.Equal("recorder", error.ParamName);
        Assert.Contains(nameof(Elsewhere), error.Message, StringComparison.Ordinal);
        Assert.Contains("SpawnAsync(", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => placement.Recording(null!));
    }

    private sealed class Elsewhere : RemoteTarget
    {
        public override OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method) => throw new InvalidOperationException("Nothing is called here.");

        public override OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method) => throw new InvalidOperationException("Nothing is called here.");
    }
}
