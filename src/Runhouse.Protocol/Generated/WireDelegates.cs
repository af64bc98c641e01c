namespace Runhouse.Protocol.Generated;

/// <summary>Writes one value of a type: the shape of every generated serializer's writing half.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="writer">Where to write.</param>
/// <param name="value">What to write.</param>
public delegate void WireWrite<in T>(ref WireWriter writer, T value);

/// <summary>Reads one value of a type: the shape of every generated serializer's reading half.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="reader">Where to read.</param>
public delegate T WireRead<out T>(ref WireReader reader);
