using Runhouse.Protocol.References;

namespace Runhouse;

/// <summary>Makes references to values that stay where they are.</summary>
public static class RemoteRef
{
    /// <summary>Makes a reference to a value of this process. Return it from remote code, and its caller holds the value without receiving it.</summary>
    /// <typeparam name="T">The type of the value; one that cannot travel is allowed.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="leaveOpen">Whether a value that can be disposed is left alone when its last holder is gone: remote code keeps it, and hands it out more than once. A value that cannot be disposed needs no such care.</param>
    public static RemoteRef<T> Create<T>(T value, bool leaveOpen = false) => new LocalRef<T>(value, leaveOpen);
}
