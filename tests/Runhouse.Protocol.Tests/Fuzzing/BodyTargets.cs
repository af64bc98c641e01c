using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>The decoders of bodies that the protocol itself defines.</summary>
internal static class BodyTargets
{
    /// <summary>An error with causes, with properties and without.</summary>
    private static readonly byte[] Error = Write(new AggregateException(
        "several",
        new ArgumentOutOfRangeException("rate", 5, "Too much."),
        new WorkerLostException("Killed.", new IOException("disk", new FormatException("x"))) { ExitCode = 137, LastOutput = ["a", "b"] },
        new RemoteSerializationException("Too large.") { MemberPath = "config.Weights" }));

    /// <summary>The body of an error.</summary>
    public static Func<Task> PrepareError(Random random)
    {
        byte[] body = Error;
        for (int left = random.Next(1, 5); left > 0; left--)
            body = BodyMutations.Mutate(body, 0, random);
        return () =>
        {
            ReadError(body);
            return Task.CompletedTask;
        };
    }

    /// <summary>Reads the body of an error: there is one in any case, and it can be printed.</summary>
    public static Exception ReadError(byte[] body)
    {
        Exception error = ErrorReply.Read(body, FuzzedSides.Limits, TestMethods.Echo, timeout: null, "w-1/7");
        Assert.True(error is RemoteException || RemoteFault.Of(error) is not null, $"An error without its origin: {error.GetType()}");
        Assert.NotNull(error.ToString());
        return error;
    }

    private static byte[] Write(Exception error)
    {
        using var body = new BodyBuffer();
        ErrorCodec.Write(body, error, "tests", "w-1", "w-1/7");
        return body.Written.ToArray();
    }
}
