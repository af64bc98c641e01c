using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Generated;

/// <content>What cannot be written, said with the member where it happened.</content>
public ref partial struct WireWriter
{
    /// <summary>
    /// The error of a value that could not be written, naming the member where the writer stopped. Whatever writing threw belongs here:
    /// a limit, and what the value's own properties and enumerators throw.
    /// </summary>
    /// <param name="error">What the writing threw.</param>
    public readonly RemoteSerializationException Translate(Exception error) => error switch
    {
        RemoteSerializationException { MemberPath: "" } known when Path.Length > 0 => new RemoteSerializationException($"'{Path}': {known.Message}", known.InnerException) { MemberPath = Path },
        RemoteSerializationException known => known,
        BodyTooLargeException tooLarge => TooLarge(tooLarge.Limit),
        _ => new RemoteSerializationException(
            $"{What} could not be read while it was being sent: {error.Message} See the inner exception; the value's own code threw it.", error)
        {
            MemberPath = Path,
        },
    };

    /// <summary>What is being written, for messages. Items and reports have no references.</summary>
    private readonly string What => (Path, _references) switch
    {
        ("", null) when _isState => "The state",
        ("", null) => "An item of a stream or a report",
        ("", _) => "The value",
        (var path, _) => $"'{path}'",
    };

    /// <summary>The error for a body over its limit, naming the member where it happened.</summary>
    /// <param name="limit">The limit in bytes.</param>
    internal readonly RemoteSerializationException TooLarge(long limit) => new(
        _isState
            ? $"{What} makes the state larger than the limit of {limit} bytes. Keep less in it, or {WireLimits.Raise(nameof(WireLimits.MaxStateBytes))}"
            : $"{What} makes the body larger than the limit of {limit} bytes. {WireLimits.AdviceForBodies(isItem: _references is null)}")
    {
        MemberPath = Path,
    };

    private readonly void ThrowTooDeep() => throw new RemoteSerializationException(
        $"{What} is nested more than {_maxDepth} levels deep, or refers back to itself: what travels must be a tree. Remove the cycle, send ids instead of references, or {WireLimits.Raise(nameof(WireLimits.MaxDepth))}")
    {
        MemberPath = Path,
    };

    private readonly void ThrowTooMany(int count) => throw new RemoteSerializationException(
        $"{What} cannot be sent: it announces {count} values, over the limit of {_maxCount}. {WireLimits.Advice(nameof(WireLimits.MaxCount))}")
    {
        MemberPath = Path,
    };
}
