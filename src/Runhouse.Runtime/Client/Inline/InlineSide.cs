using Runhouse.Protocol;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>One side of an inline call: what it accepts, and how references look from there.</summary>
/// <param name="limits">What is accepted.</param>
/// <param name="values">The values that references lead to.</param>
internal abstract class InlineSide(WireLimits limits, InlineValues values) : IReferenceReader, IReferenceWriter
{
    /// <summary>What is accepted.</summary>
    public WireLimits Limits => limits;

    /// <summary>The values that references lead to.</summary>
    public InlineValues Values => values;

    /// <inheritdoc/>
    public abstract RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue);

    /// <inheritdoc/>
    public abstract ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form);
}

/// <summary>Who calls: gets references, and passes them on.</summary>
/// <param name="limits">What is accepted.</param>
/// <param name="values">The values that references lead to.</param>
internal sealed class InlineCaller(WireLimits limits, InlineValues values) : InlineSide(limits, values)
{
    /// <inheritdoc/>
    public override RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue) => new InlineRef<T>(this, id, readValue);

    /// <inheritdoc/>
    public override ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form) => Values.Pass(reference);
}

/// <summary>Who is called: hands references out, and is lent them for the length of the call.</summary>
/// <param name="limits">What is accepted.</param>
/// <param name="values">The values that references lead to.</param>
internal sealed class InlineCallee(WireLimits limits, InlineValues values) : InlineSide(limits, values)
{
    private readonly List<ILentRef> _lent = [];

    /// <inheritdoc/>
    public override RemoteRef<T> Read<T>(ulong id, WireRead<T>? readValue)
    {
        LocalRef<T> reference = Values.Find<T>(id).Reference;
        reference.Lend();
        lock (_lent)
            _lent.Add(reference);
        return reference;
    }

    /// <inheritdoc/>
    public override ulong Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form) => Values.Hold(reference, writeValue);

    /// <summary>The call has ended.</summary>
    public async ValueTask TakeBackAsync()
    {
        foreach (ILentRef lent in _lent)
            await lent.TakeBackAsync().ConfigureAwait(false);
    }
}
