using System.Diagnostics.CodeAnalysis;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>The values that references lead to, in the process in which they are.</summary>
/// <param name="workerId">The worker that this process is.</param>
public abstract class HeldValues(string workerId)
{
    private static HeldValues? _ofThisProcess;

    /// <summary>The values of the worker that this process is; null in any other process.</summary>
    public static HeldValues? OfThisProcess
    {
        get => Volatile.Read(ref _ofThisProcess);
        set => Volatile.Write(ref _ofThisProcess, value);
    }

    /// <summary>The worker that this process is.</summary>
    public string WorkerId { get; } = workerId;

    /// <summary>References that remote code made and passes on without having returned them.</summary>
    internal OwnReferences Own { get; } = new();

    /// <summary>Keeps a value for a session.</summary>
    /// <param name="session">The session; the value goes with it.</param>
    /// <param name="value">The value.</param>
    /// <returns>The id under which it is found.</returns>
    public abstract ulong Add(UInt128 session, HeldValue value);

    /// <summary>Finds a value.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="value">The value.</param>
    public abstract bool TryFind(ulong id, [NotNullWhen(true)] out HeldValue? value);

    /// <summary>Lets go of a value that no caller has received.</summary>
    /// <param name="id">Its id.</param>
    public abstract void Remove(ulong id);

    /// <summary>Runs what may dispose a value of user code, away from the call that happened to be its last; its error has nobody to go to.</summary>
    /// <param name="letGo">What to run.</param>
    public abstract void LetGo(Func<ValueTask> letGo);

    /// <summary>Keeps a value for a session, for a result that holds a reference to it.</summary>
    internal ulong Add<T>(UInt128 session, RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form)
    {
        LocalRef<T> local = reference as LocalRef<T> ?? (reference as FarRef<T>)?.Here ?? throw new RemoteSerializationException(
            $"The result holds a {ReferenceName.Of<T>()} to a value in another process, which this one cannot hand on. Return the value itself: await reference.FetchAsync().");
        HeldValue<T> held;
        try
        {
            held = new HeldValue<T>(local, writeValue, form);
        }
        catch (ObjectDisposedException disposed)
        {
            throw new RemoteSerializationException(
                $"The result holds a {ReferenceName.Of<T>()} that has been disposed. Do not dispose what is returned; its caller does. A reference that is handed out more than once is made with leaveOpen: true.", disposed);
        }

        return Add(session, held);
    }

    /// <summary>Finds a reference that a caller passes.</summary>
    internal LocalRef<T>? Find<T>(ulong id) => (TryFind(id, out HeldValue? held) ? held.Reference : Own.Find(id)) as LocalRef<T>;
}
