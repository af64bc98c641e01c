using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.References;

/// <summary>The references among the arguments of a call.</summary>
internal sealed class PassedReferences
{
    private readonly List<IPassedReference> _references = [];

    /// <summary>Adds one, and returns the id under which the worker finds it.</summary>
    public ulong Add<T>(RemoteRef<T> reference)
    {
        IPassedReference passed = reference as IPassedReference ?? (reference is LocalRef<T> local ? new OwnReference<T>(local) : null)
            ?? throw new NotSupportedException($"{reference.GetType()} is no reference that this version of Runhouse knows.");
        _references.Add(passed);
        return passed.Id;
    }

    /// <summary>A call with these references is about to be sent.</summary>
    /// <param name="connection">Where it goes.</param>
    /// <param name="method">What it calls.</param>
    /// <exception cref="RemoteSerializationException">One of them leads to a value in another worker.</exception>
    /// <exception cref="ObjectDisposedException">One of them has been disposed.</exception>
    /// <exception cref="RemoteException">The worker of one of them is gone, and the value with it.</exception>
    public void BeginCall(ClientConnection connection, string method)
    {
        int begun = 0;
        try
        {
            while (begun < _references.Count)
            {
                IPassedReference reference = _references[begun];
                reference.BeginCall();
                begun++;
                if (reference.WorkerId == connection.WorkerId)
                    continue;
                throw new RemoteSerializationException(
                    $"'{method}' is given a {reference.TypeName} to a value in worker {reference.WorkerId}, but the call goes to worker {connection.WorkerId} on {connection.Host}: "
                    + "the two run different builds, or on different hosts. Pass the value itself (await reference.FetchAsync()), or make the value where it is used.");
            }
        }
        catch
        {
            while (begun > 0)
                _references[--begun].EndCall();
            throw;
        }
    }

    /// <summary>Such a call has ended.</summary>
    public void EndCall()
    {
        foreach (IPassedReference reference in _references)
            reference.EndCall();
    }

    /// <summary>A value that remote code has made and passes on; reachable until the call has ended.</summary>
    private sealed class OwnReference<T> : IPassedReference
    {
        private readonly LocalRef<T> _reference;

        public OwnReference(LocalRef<T> reference)
        {
            HeldValues values = HeldValues.OfThisProcess ?? throw new RemoteSerializationException(
                $"An argument is a {ReferenceName.Of<T>()} to a value of this process, to which no worker can come back. Pass the value itself, or let a remote function make the reference and return it.");
            (_reference, WorkerId, Id) = (reference, values.WorkerId, values.Own.IdOf(reference));
        }

        public string TypeName => ReferenceName.Of<T>();

        public string WorkerId { get; }

        public ulong Id { get; }

        public void BeginCall() => _reference.Lend();

        public void EndCall() => HeldValues.OfThisProcess!.LetGo(_reference.TakeBackAsync);
    }
}
