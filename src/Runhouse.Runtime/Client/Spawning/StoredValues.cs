using Runhouse.Protocol;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Spawning;

/// <summary>Reads what a host has kept of detached calls.</summary>
internal static class StoredValues
{
    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="bytes">The value in map form.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="limits">What is accepted.</param>
    /// <exception cref="RemoteSerializationException">It is no such value.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, WireRead<T> read, WireLimits limits)
    {
        try
        {
            var reader = new WireReader(bytes, limits);
            return read(ref reader);
        }
        catch (Exception error)
        {
            throw WireReader.Translate(error);
        }
    }

    /// <summary>How values of a type are read.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="InvalidOperationException">No remote member of this program has such a result or such reports.</exception>
    public static WireRead<T> Reader<T>()
    {
        foreach (RemoteContract contract in RemoteContracts.All)
        {
            if (contract.FindReader<T>() is { } read)
                return read;
        }

        throw new InvalidOperationException(
            $"This program cannot read a {typeof(T)}: no remote member of its assemblies has that type as its result, or reports it. Use the type of the member that was called, and refer to the assembly that declares it.");
    }
}
