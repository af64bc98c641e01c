using Runhouse.Protocol.Generated;

namespace Runhouse;

/// <summary>The remote functions of a class, with what is said about them: what <c>Jobs.Remote</c> is. Generated placements implement it.</summary>
/// <typeparam name="TSelf">The placement.</typeparam>
public interface IRemoteFunctions<TSelf>
    where TSelf : struct, IRemoteFunctions<TSelf>
{
    /// <summary>What is said about the calls.</summary>
    RemotePlacement Placement { get; }

    /// <summary>The same functions, whose calls go to a recorder instead of a worker.</summary>
    /// <param name="recorder">The recorder.</param>
    TSelf Recording(RemoteTarget recorder);
}
