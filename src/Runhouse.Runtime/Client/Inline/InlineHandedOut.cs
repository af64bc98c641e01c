using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Keeps the values of the references that a result hands out.</summary>
/// <param name="values">The values that references lead to.</param>
internal sealed class InlineHandedOut(InlineValues values) : IReferenceWriter
{
    private readonly List<ulong> _ids = [];

    /// <inheritdoc/>
    public ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form)
    {
        ulong id = values.Hold(reference, writeValue);
        _ids.Add(id);
        return id;
    }

    /// <summary>Lets go of them: nobody gets the result.</summary>
    public async ValueTask ReleaseAsync()
    {
        foreach (ulong id in _ids)
            await values.ReleaseAsync(id).ConfigureAwait(false);
    }
}
