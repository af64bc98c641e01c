using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>Turns references into the ids under which the far side finds them.</summary>
public interface IReferenceWriter
{
    /// <summary>The id of a reference for the far side.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="reference">The reference.</param>
    /// <param name="writeValue">Writes the value when the far side fetches it; null when its type cannot travel.</param>
    /// <param name="form">How objects are laid out towards the far side.</param>
    ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form);
}
