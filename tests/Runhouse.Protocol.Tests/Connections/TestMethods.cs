using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>What a generator would write for the callers of <see cref="TestWorker"/>.</summary>
internal sealed class TestMethods(ClientConnection connection, CallSettings? settings = null, WireLimits? limits = null) : ICallRouter
{
    public static readonly RemoteMethod<int> Echo = new(300, "Tests.Echo", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<byte[]?> EchoBytes = new(301, "Tests.EchoBytes", 1, static (ref reader) => reader.ReadBlock<byte>());
    public static readonly RemoteMethod<Unit> Throw = new(302, "Tests.Throw", 1, null);
    public static readonly RemoteMethod<Unit> Wait = new(303, "Tests.Wait", 1, null);
    public static readonly RemoteStreamMethod<int> Count = new(304, "Tests.Count", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<long> Sum = new(305, "Tests.Sum", 1, static (ref reader) => reader.ReadInt64());
    public static readonly RemoteMethod<int> Progress = new(306, "Tests.Progress", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<ulong> Constructor = new(307, "Tests..ctor", 1, static (ref reader) => reader.ReadUInt64()) { TakesNoToken = true };
    public static readonly RemoteStreamMethod<int> Doubled = new(308, "Tests.Doubled", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<int> Say = new(309, "Tests.Say", 1, static (ref reader) => reader.ReadInt32());

    public static readonly RemoteMethod<RemoteRef<int>?> Keep = new(310, "Tests.Keep", 1, static (ref reader) => reader.ReadReference<int>(static (ref reader) => reader.ReadInt32())) { HoldsReferences = true };
    public static readonly RemoteMethod<int> KeepMisread = new(310, "Tests.Keep", 1, ReadMisread) { HoldsReferences = true };
    public static readonly RemoteStreamMethod<byte[]?> Blocks = new(312, "Tests.Blocks", 1, static (ref reader) => reader.ReadBlock<byte>());
    public static readonly RemoteMethod<int> Use = new(311, "Tests.Use", 1, static (ref reader) => reader.ReadInt32());

    private ConnectionTarget? _target;

    public ConnectionTarget Target => _target
        ??= new ConnectionTarget(this, ObjectForm.Array, settings ?? new CallSettings(null, false), limits ?? WireLimits.Default);

    public bool TryGetRoute(out CallRoute route)
    {
        route = new CallRoute(connection, 0);
        return true;
    }

    public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => new(new CallRoute(connection, 0));

    public ValueTask<int> EchoAsync(int value, CancellationToken cancellationToken = default) => Call(Echo, value, cancellationToken);

    public ValueTask<int> SayAsync(int lines, CancellationToken cancellationToken = default) => Call(Say, lines, cancellationToken);

    public ValueTask<int> KeepMisreadAsync() => Call(KeepMisread, 1, default);

    /// <summary>Blocks of as many bytes as the numbers say; 0 fails.</summary>
    public IAsyncEnumerable<byte[]?> BlocksAsync(params int[] sizes) => BlocksAsync(Blocks, sizes);

    /// <summary>The same, read as something else.</summary>
    public IAsyncEnumerable<T> BlocksAsync<T>(RemoteStreamMethod<T> method, params int[] sizes)
    {
        OutgoingStream<T> call = Target.BeginStream(method);
        WireWriter writer = call.BeginArguments();
        writer.WriteBlock<int>(sizes);
        return call.Stream(ref writer, default);
    }

    public ValueTask<RemoteRef<int>?> KeepAsync(int value, CancellationToken cancellationToken = default)
    {
        OutgoingCall<RemoteRef<int>?> call = Target.Begin(Keep);
        WireWriter writer = call.BeginArguments();
        writer.WriteInt32(value);
        return call.SendAsync(ref writer, cancellationToken);
    }

    public ValueTask<int> UseAsync(RemoteRef<int> reference, CancellationToken cancellationToken = default)
    {
        OutgoingCall<int> call = Target.Begin(Use);
        WireWriter writer = call.BeginArguments();
        try
        {
            writer.Member("reference"u8);
            writer.WriteReference(reference, static (ref writer, value) => writer.WriteInt32(value));
        }
        catch (Exception error)
        {
            return call.FailAsync(ref writer, error);
        }

        return call.SendAsync(ref writer, cancellationToken);
    }

    public ValueTask<byte[]?> EchoBytesAsync(byte[] value, CancellationToken cancellationToken = default)
    {
        OutgoingCall<byte[]?> call = Target.Begin(EchoBytes);
        WireWriter writer = call.BeginArguments();
        try
        {
            writer.Member("value"u8);
            writer.WriteBlock<byte>(value);
        }
        catch (Exception error)
        {
            return call.FailAsync(ref writer, error);
        }

        return call.SendAsync(ref writer, cancellationToken);
    }

    public ValueTask ThrowAsync() => CallVoid(Throw, default);

    public ValueTask WaitAsync(CancellationToken cancellationToken = default) => CallVoid(Wait, cancellationToken);

    public IAsyncEnumerable<int> CountAsync(int count, CancellationToken cancellationToken = default)
    {
        OutgoingStream<int> call = Target.BeginStream(Count);
        WireWriter writer = call.BeginArguments();
        writer.WriteInt32(count);
        return call.Stream(ref writer, cancellationToken);
    }

    public ValueTask<long> SumAsync(IAsyncEnumerable<int>? items, CancellationToken cancellationToken = default)
    {
        OutgoingCall<long> call = Target.Begin(Sum);
        WireWriter writer = call.BeginArguments();
        call.WriteStream(ref writer, items, static (ref writer, item) => writer.WriteInt32(item));
        return call.SendAsync(ref writer, cancellationToken);
    }

    public IAsyncEnumerable<int> DoubledAsync(IAsyncEnumerable<int> items)
    {
        OutgoingStream<int> call = Target.BeginStream(Doubled);
        WireWriter writer = call.BeginArguments();
        call.WriteStream(ref writer, items, static (ref writer, item) => writer.WriteInt32(item));
        return call.Stream(ref writer, default);
    }

    public ValueTask<int> ProgressAsync(int reports, IProgress<int>? progress, CancellationToken cancellationToken = default)
    {
        OutgoingCall<int> call = Target.Begin(Progress);
        WireWriter writer = call.BeginArguments();
        writer.WriteInt32(reports);
        call.WriteProgress(ref writer, progress, static (ref reader) => reader.ReadInt32());
        return call.SendAsync(ref writer, cancellationToken);
    }

    public ValueTask<ulong> ConstructAsync(CancellationToken cancellationToken = default)
    {
        OutgoingCall<ulong> call = Target.BeginConstructor(Constructor, null, false);
        WireWriter writer = call.BeginArguments();
        return call.SendAsync(ref writer, cancellationToken);
    }

    /// <summary>Sends a body of the caller's choice.</summary>
    public ValueTask<int> SendAsync(RemoteMethod<int> method, ReadOnlySpan<byte> body)
    {
        OutgoingCall<int> call = Target.Begin(method);
        WireWriter writer = call.BeginArguments();
        foreach (byte one in body)
            writer.WriteByte(one);
        return call.SendAsync(ref writer, default);
    }

    /// <summary>Reads more than there is, behind a reference.</summary>
    private static int ReadMisread(ref WireReader reader)
    {
        reader.ReadReference<int>(null);
        return reader.ReadInt32();
    }

    private ValueTask<int> Call(RemoteMethod<int> method, int value, CancellationToken cancellationToken)
    {
        OutgoingCall<int> call = Target.Begin(method);
        WireWriter writer = call.BeginArguments();
        writer.Member("value"u8);
        writer.WriteInt32(value);
        return call.SendAsync(ref writer, cancellationToken);
    }

    private ValueTask CallVoid(RemoteMethod<Unit> method, CancellationToken cancellationToken)
    {
        OutgoingCall<Unit> call = Target.Begin(method);
        WireWriter writer = call.BeginArguments();
        return call.SendVoidAsync(ref writer, cancellationToken);
    }
}
