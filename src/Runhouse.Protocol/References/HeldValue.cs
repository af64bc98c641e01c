using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>What a worker keeps for a caller that holds a reference: disposing it lets go of the value.</summary>
public abstract class HeldValue : IAsyncDisposable
{
    /// <summary>The reference's type in words.</summary>
    public abstract string TypeName { get; }

    /// <summary>How objects are laid out towards the caller that holds the reference.</summary>
    public abstract ObjectForm Form { get; }

    /// <summary>The reference itself.</summary>
    internal abstract object Reference { get; }

    /// <summary>Ends a call with the value as its result.</summary>
    /// <param name="call">The call.</param>
    public abstract void WriteTo(IncomingCall call);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <inheritdoc cref="HeldValue"/>
/// <typeparam name="T">The value's type.</typeparam>
internal sealed class HeldValue<T> : HeldValue
{
    private readonly LocalRef<T> _reference;
    private readonly WireWrite<T>? _writeValue;

    public HeldValue(LocalRef<T> reference, WireWrite<T>? writeValue, ObjectForm form)
    {
        reference.AddHolder();
        (_reference, _writeValue, Form) = (reference, writeValue, form);
    }

    /// <inheritdoc/>
    public override string TypeName => ReferenceName.Of<T>();

    /// <inheritdoc/>
    public override ObjectForm Form { get; }

    /// <inheritdoc/>
    internal override object Reference => _reference;

    /// <inheritdoc/>
    public override void WriteTo(IncomingCall call)
    {
        // Callers know whether the type can travel, and ask only then.
        WireWrite<T> write = _writeValue ?? throw ReferenceName.CannotTravel<T>();
        WireWriter result = call.BeginResult();
        try
        {
            write(ref result, _reference.Value);
        }
        catch (Exception error)
        {
            throw result.Translate(error);
        }

        call.Complete(ref result);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _reference.DropHolderAsync();
}
