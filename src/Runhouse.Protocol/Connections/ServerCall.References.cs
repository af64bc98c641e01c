using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <content>The references among a call's arguments and in its result.</content>
public sealed partial class ServerCall
{
    private List<ulong>? _handedOut;
    private List<ILentRef>? _lent;

    /// <summary>Where references lead.</summary>
    private HeldValues Values<T>() => Connection.Options.Values
        ?? throw new RemoteSerializationException($"Worker {Connection.Options.WorkerId} keeps no values, so that a {ReferenceName.Of<T>()} cannot be used there.");

    /// <inheritdoc/>
    RemoteRef<T> IReferenceReader.Read<T>(ulong id, WireRead<T>? readValue)
    {
        LocalRef<T>? reference = Values<T>().Find<T>(id);
        try
        {
            reference?.Lend();
        }
        catch (ObjectDisposedException)
        {
            reference = null;
        }

        if (reference is null)
        {
            throw new RemoteNotFoundException(
                $"The value of a {ReferenceName.Of<T>()} that is an argument is gone: the reference was disposed, or the connection of its caller was lost for longer than the grace period (Runhouse:Limits:SessionGraceSeconds). Make a new one.");
        }

        (_lent ??= []).Add(reference);
        return reference;
    }

    /// <inheritdoc/>
    ulong IReferenceWriter.Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form)
    {
        ulong id = Values<T>().Add(Connection.SessionId, reference, writeValue, form);
        (_handedOut ??= []).Add(id);
        return id;
    }

    /// <summary>The arguments go back to their caller, and what a result holds that nobody has received goes.</summary>
    private void ReleaseReferences()
    {
        if (_lent is not null)
        {
            foreach (ILentRef lent in _lent)
                Connection.Options.Values!.LetGo(lent.TakeBackAsync);
        }

        if (_handedOut is not null)
        {
            foreach (ulong id in _handedOut)
                Connection.Options.Values!.Remove(id);
        }

        (_lent, _handedOut) = (null, null);
    }
}
