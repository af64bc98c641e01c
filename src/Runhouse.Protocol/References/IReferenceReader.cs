using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>Turns ids that the far side wrote into references.</summary>
public interface IReferenceReader
{
    /// <summary>The reference of an id.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="id">What the far side wrote.</param>
    /// <param name="readValue">Reads the value when it is fetched; null when its type cannot travel.</param>
    RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue);
}
