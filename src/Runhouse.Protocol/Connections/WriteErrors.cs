using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>Turns what writing a value threw into the error that its caller gets.</summary>
internal static class WriteErrors
{
    /// <summary>Names the member at which the writer stopped.</summary>
    public static Exception Explain(ref WireWriter writer, Exception error) => error switch
    {
        RemoteSerializationException => error,
        BodyTooLargeException tooLarge => writer.TooLarge(tooLarge.Limit),
        _ => new RemoteSerializationException(
            $"'{writer.Path}' could not be written: {error.Message} Make what travels plain data whose properties can be read.", error)
        {
            MemberPath = writer.Path,
        },
    };
}
