using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CsCheck;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Codec;

public class ErrorCodecTests
{
    public static TheoryData<Exception> Framework =>
    [
        new ArgumentException("Bad rate."),
        new ArgumentException("Bad rate.", "rate"),
        new ArgumentException("Bad rate.", "rate", new FormatException("x")),
        new ArgumentNullException("rate"),
        new ArgumentNullException("rate", "Say a rate."),
        new ArgumentNullException("Say a rate.", new FormatException("x")),
        new ArgumentOutOfRangeException("rate"),
        new ArgumentOutOfRangeException("rate", 5, "Too much."),
        new ArgumentOutOfRangeException("rate", 2.5, "Too much."),
        new ArgumentOutOfRangeException("rate", "high", "Too much."),
        new ObjectDisposedException("tuner"),
        new ObjectDisposedException("tuner", "Gone."),
        new ObjectDisposedException("Gone.", new FormatException("x")),
        new InvalidOperationException("No."),
        new InvalidOperationException(""),
        new InvalidOperationException("No.", new TimeoutException("Late.", new IOException("Disk."))),
        new NotSupportedException("No."),
        new NotImplementedException(),
        new FormatException("No."),
        new TimeoutException("Late."),
        new IOException("Disk full.", unchecked((int)0x80070070)),
        new FileNotFoundException("No such file.", "/data/x.csv"),
        new FileNotFoundException(null, "/data/x.csv"),
        new DirectoryNotFoundException("No such folder."),
        new EndOfStreamException("End."),
        new KeyNotFoundException("No key."),
        new DivideByZeroException(),
        new OverflowException(),
        new UnauthorizedAccessException("Not yours."),
        new HttpRequestException("503", null, HttpStatusCode.ServiceUnavailable),
        new HttpRequestException(HttpRequestError.NameResolutionError, "No such host."),
        new JsonException("Bad.", "$.a", 3, 14),
        new OperationCanceledException("Stopped."),
        new TaskCanceledException("Stopped."),
        new DllNotFoundException("No libx."),
        new BadImageFormatException("Not an image.", "x.dll"),
        new TypeLoadException("No type."),
        new TypeInitializationException("Acme.Type", new FormatException("x")),
        new MissingMethodException("Acme.Type", "Run"),
        new SocketException((int)SocketError.ConnectionRefused, "Refused."),
        new AggregateException("Two failed.", new FormatException("a"), new TimeoutException("b")),
        new AggregateException(new FormatException("a")),
        new RemoteException("Gone. Try again."),
        new ContractMismatchException("Redeploy."),
        new RemoteNotFoundException("No such object. Did you mean 'a'?"),
        new NameInUseException("Taken."),
        new CredentialsException("Refused."),
        new RemoteTimeoutException("Late."),
        new DeploymentException("Did not start.", new FormatException("x")),
        new RemoteSerializationException("Too large.") { MemberPath = "config.Weights" },
        new WorkerLostException("Killed.") { Reason = WorkerLossReason.OutOfMemory, ExitCode = 137, MemoryPeakBytes = 3, MemoryLimitBytes = 4L << 30, LastOutput = ["a", "b"] },
        new WorkerLostException("Hung.") { Reason = WorkerLossReason.Hung, Signal = 9, LastOutput = ["a"] },
    ];

    [Theory]
    [MemberData(nameof(Framework), DisableDiscoveryEnumeration = true)]
    public void Known_exceptions_arrive_as_themselves(Exception error)
    {
        Exception read = RoundTrip(error);
        AssertSame(error, read);
        AssertSame(error, RoundTrip(read)); // and again, over a second hop
    }

    [Fact]
    public void Properties_of_known_exceptions_arrive()
    {
        Assert.Equal("rate", Assert.IsType<ArgumentOutOfRangeException>(RoundTrip(new ArgumentOutOfRangeException("rate", 5, "x"))).ParamName);
        Assert.Equal(5, Assert.IsType<ArgumentOutOfRangeException>(RoundTrip(new ArgumentOutOfRangeException("rate", 5, "x"))).ActualValue);
        Assert.Equal("tuner", Assert.IsType<ObjectDisposedException>(RoundTrip(new ObjectDisposedException("tuner"))).ObjectName);
        Assert.Equal("x.csv", Assert.IsType<FileNotFoundException>(RoundTrip(new FileNotFoundException("x", "x.csv"))).FileName);
        Assert.Equal(HttpStatusCode.NotFound, Assert.IsType<HttpRequestException>(RoundTrip(new HttpRequestException("x", null, HttpStatusCode.NotFound))).StatusCode);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<SocketException>(RoundTrip(new SocketException((int)SocketError.TimedOut))).SocketErrorCode);
        Assert.Equal("a.b", Assert.IsType<RemoteSerializationException>(RoundTrip(new RemoteSerializationException("x") { MemberPath = "a.b" })).MemberPath);
        var lost = Assert.IsType<WorkerLostException>(RoundTrip(
            new WorkerLostException("x") { Reason = WorkerLossReason.OutOfMemory, ExitCode = 137, Signal = 9, LastOutput = ["a", "b"] }));
        Assert.Equal((WorkerLossReason.OutOfMemory, 137, 9), (lost.Reason, lost.ExitCode, lost.Signal));
        Assert.Equal(["a", "b"], lost.LastOutput);
    }

    [Fact]
    public void The_remote_stack_is_printed_and_kept_over_every_hop()
    {
        Exception first = RoundTrip(Caught(() => ThrowHere("first")), "h1", "w1", "c1");
        Assert.Contains(nameof(ThrowHere), first.ToString(), StringComparison.Ordinal);
        Assert.Contains("call c1 in worker w1 on host h1", first.ToString(), StringComparison.Ordinal);
        Assert.Equal(("h1", "w1", "c1"), (RemoteFault.Of(first)!.Host, RemoteFault.Of(first)!.Worker, RemoteFault.Of(first)!.CallId));

        Exception second = RoundTrip(Caught(() => PassOn(first)), "h2", "w2", "c2");
        string text = second.ToString();
        Assert.Contains(nameof(ThrowHere), text, StringComparison.Ordinal);
        Assert.Contains(nameof(PassOn), text, StringComparison.Ordinal);
        Assert.Equal("h1", RemoteFault.Of(second)!.Host); // where it happened, not where it passed
    }

    [Fact]
    public void A_type_that_cannot_be_rebuilt_arrives_by_name_with_its_chain_and_travels_on_as_what_it_is()
    {
        Exception read = RoundTrip(Caught(() => throw new OddException("odd", new FormatException("cause"))));
        Exception again = RoundTrip(Caught(() => PassOn(read)));
        foreach (Exception error in (Exception[])[read, again])
        {
            var remote = Assert.IsType<RemoteException>(error);
            Assert.Equal(typeof(OddException).FullName, remote.RemoteType);
            Assert.True(remote.Is<OddException>());
            Assert.True(remote.Is<InvalidOperationException>());
            Assert.False(remote.Is<TimeoutException>());
            Assert.Equal("odd", remote.Fault!.Message);
            Assert.EndsWith("OddException: odd", remote.Message, StringComparison.Ordinal);
            Assert.Equal("cause", Assert.IsType<FormatException>(remote.InnerException).Message);
            Assert.Contains(nameof(A_type_that_cannot_be_rebuilt_arrives_by_name_with_its_chain_and_travels_on_as_what_it_is), remote.ToString(), StringComparison.Ordinal);
        }

        Assert.Contains(nameof(PassOn), again.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_applications_own_exception_arrives_as_itself_with_its_data()
    {
        RemoteContracts.Register(new ErrorContract());
        var read = Assert.IsType<OwnException>(RoundTrip(Caught(() => throw new OwnException("own", 42, new FormatException("cause")))));
        Assert.Equal(("own", 42, "cause"), (read.Message, read.Code, read.InnerException!.Message));
        Assert.Contains(nameof(The_applications_own_exception_arrives_as_itself_with_its_data), read.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_exception_whose_data_fails_arrives_by_name_with_the_reason()
    {
        RemoteContracts.Register(new ErrorContract());
        var unwritable = Assert.IsType<RemoteException>(RoundTrip(new OwnException("own", ErrorContract.Unwritable, null)));
        Assert.Contains("cannot write", unwritable.ToString(), StringComparison.Ordinal);
        var unreadable = Assert.IsType<RemoteException>(RoundTrip(new OwnException("own", ErrorContract.Unreadable, null)));
        Assert.Contains("cannot read", unreadable.ToString(), StringComparison.Ordinal);
        Assert.True(unreadable.Is<OwnException>());
    }

    [Fact]
    public void An_exception_whose_own_code_throws_still_arrives()
        => Assert.Contains("could not be read", RoundTrip(new HostileException()).Message, StringComparison.Ordinal);

    [Fact]
    public void Huge_errors_are_cut_with_a_note_and_fit_any_limit()
    {
        Exception error = new InvalidOperationException(new string('x', 1_000_000));
        for (int i = 0; i < 200; i++)
            error = new IOException(new string('y', 10_000), error);
        error = new AggregateException(Enumerable.Repeat(error, 200));
        Assert.IsType<AggregateException>(RoundTrip(error));

        Assert.Contains("more characters were cut", RoundTrip(new IOException(new string('x', 1_000_000))).Message, StringComparison.Ordinal);

        using var small = new BodyBuffer { MaxBytes = 16 * 1024 };
        ErrorCodec.Write(small, error, "h", "w", "c");
        Assert.True(small.Count <= 16 * 1024);
        Assert.IsType<AggregateException>(ErrorCodec.Read(small.Written, WireLimits.Default));
    }

    [Fact]
    public void No_name_on_the_wire_constructs_a_type_outside_the_tables()
    {
        foreach (string name in (string[])["System.String", "System.IO.FileStream", typeof(HostileException).FullName!, "System.Xml.XmlException"])
        {
            using var body = new BodyBuffer();
            var writer = new WireWriter(body, ObjectForm.Map, 8);
            writer.BeginObject(2);
            writer.Member("type"u8);
            writer.WriteString(name);
            writer.Member("message"u8);
            writer.WriteString("x");
            writer.EndObject();
            writer.Flush();
            Assert.Equal(name, Assert.IsType<RemoteException>(ErrorCodec.Read(body.Written, WireLimits.Default)).RemoteType);
        }
    }

    [Fact]
    public void A_malformed_error_throws_nothing_but_RemoteSerializationException()
    {
        using var body = new BodyBuffer();
        ErrorCodec.Write(body, Caught(() => throw new WorkerLostException("x", new ArgumentOutOfRangeException("p", 1, "y")) { ExitCode = 1 }), "h", "w", "c");
        byte[] real = body.Written.ToArray();
        Gen<byte[]> mutated = Gen.Select(Gen.Int[0, real.Length - 1], Gen.Byte, Gen.Int[0, real.Length]).Array[1, 6].Select(changes =>
        {
            byte[] bytes = [.. real];
            foreach ((int at, byte value, _) in changes)
                bytes[at] = value;
            return changes[0].Item3 % 3 == 0 ? bytes[..changes[0].Item3] : bytes;
        });
        Gen.OneOf(mutated, Gen.Byte.Array[0, 200]).Sample(bytes =>
        {
            try
            {
                return ErrorCodec.Read(bytes, WireLimits.Default) is not null;
            }
            catch (RemoteSerializationException)
            {
                return true;
            }
        }, iter: 20_000);
    }

    private static Exception RoundTrip(Exception error, string host = "h", string worker = "w", string callId = "c")
    {
        using var body = new BodyBuffer();
        ErrorCodec.Write(body, error, host, worker, callId);
        return ErrorCodec.Read(body.Written, WireLimits.Default);
    }

    private static void AssertSame(Exception expected, Exception actual)
    {
        Assert.IsType(expected.GetType(), actual);
        Assert.Equal(expected.Message, actual.Message);
        Assert.Equal(expected.HResult, actual.HResult);
        Assert.NotNull(RemoteFault.Of(actual));
        Assert.Equal(expected.InnerException is null, actual.InnerException is null);
        if (expected.InnerException is { } inner)
            AssertSame(inner, actual.InnerException!);
    }

    private static Exception Caught(Action action) => Assert.ThrowsAny<Exception>(action);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowHere(string message) => throw new InvalidOperationException(message);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PassOn(Exception error) => throw error;

    private sealed class OddException(string message, Exception inner) : InvalidOperationException(message, inner);

    private sealed class HostileException : Exception
    {
        public override string Message => throw new FormatException("hostile message");

        public override string StackTrace => throw new FormatException("hostile stack");

        public override System.Collections.IDictionary Data => throw new FormatException("hostile data");
    }

    private sealed class OwnException(string message, int code, Exception? inner) : Exception(message, inner)
    {
        public int Code { get; } = code;
    }

    private sealed class ErrorContract : RemoteContract
    {
        public const int Unwritable = -1;
        public const int Unreadable = -2;

        public override string AssemblyName => "ErrorCodecTests";

        public override ulong Hash => 1;

        public override IReadOnlyList<RemoteMember> Members => [];

        public override ValueTask DispatchAsync(IncomingCall call) => throw new NotSupportedException();

        public override bool TryWriteException(Exception exception, ref WireWriter writer)
        {
            if (exception is not OwnException own)
                return false;
            if (own.Code == Unwritable)
                throw new InvalidOperationException("cannot write");
            writer.WriteInt32(own.Code);
            return true;
        }

        public override Exception? ReadException(string typeName, string message, Exception? innerException, ref WireReader data)
        {
            if (typeName != typeof(OwnException).FullName)
                return null;
            int code = data.ReadInt32();
            return code == Unreadable ? throw new FormatException("cannot read") : new OwnException(message, code, innerException);
        }
    }
}
