using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Contracts;

/// <summary>The protocol's own member that lists the remote members of a worker's deployment, for callers that were built without its code.</summary>
public static class ContractDescription
{
    /// <summary>The member. Its result is a line for each remote member.</summary>
    public static RemoteMethod<string?> Method { get; } = new(4, "Runhouse.DescribeAsync", 0, static (ref WireReader reader) => reader.ReadString());

    /// <summary>Writes the remote members.</summary>
    /// <param name="members">The members.</param>
    public static string Write(IEnumerable<RemoteMember> members) => string.Join('\n', members.Select(static member => member.ToLine()));

    /// <summary>Reads the remote members.</summary>
    /// <param name="text">What <see cref="Write"/> wrote.</param>
    /// <exception cref="RemoteSerializationException">It is not what a worker writes.</exception>
    public static IReadOnlyList<RemoteMember> Read(string? text)
    {
        try
        {
            return RemoteMember.Read(text ?? "");
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new RemoteSerializationException($"The worker's list of remote members cannot be read: {e.Message}", e);
        }
    }
}
