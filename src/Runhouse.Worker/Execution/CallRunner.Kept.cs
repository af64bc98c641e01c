using Runhouse.Protocol.Connections;
using Runhouse.Worker.Loading;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Execution;

/// <content>Calls of objects whose state is kept: they may have to wait until it is, and the object may be in another worker then.</content>
internal sealed partial class CallRunner
{
    /// <summary>Lets the calls run that waited for an object.</summary>
    /// <param name="target">The object.</param>
    /// <param name="kept">Its door.</param>
    public void Open(ObjectEntry target, KeptObject kept)
    {
        // Not on the thread that reads their connections, which alone may leave work to be run there.
        foreach ((ServerCall call, MemberEntry member) in kept.Open())
            Prepare(call, member, target)?.Start();
    }

    /// <summary>Refuses the calls that waited for an object which is in another worker now, or gone.</summary>
    /// <param name="target">The object.</param>
    /// <param name="kept">Its door.</param>
    /// <param name="hasMoved">Whether it is in another worker.</param>
    public void Leave(ObjectEntry target, KeptObject kept, bool hasMoved)
    {
        foreach ((ServerCall call, MemberEntry member) in kept.Leave())
        {
            Refuse(call, hasMoved ? Moved(target.Name!) : Gone(member));
            Objects.Exit(target);
        }
    }

    private static ObjectMovedException Moved(string name) => new($"The remote object '{name}' is in another worker now, and this call has not run. Attach to it again, and call again.");

    private void Enter(ServerCall call, MemberEntry entry, ObjectEntry target, KeptObject kept)
    {
        switch (kept.Enter(call, entry))
        {
            case KeptObject.Admission.Runs:
                Begin(call, entry, target);
                break;
            case KeptObject.Admission.Gone:
                Refuse(call, Objects.MovedNameOf(target.Id) is { } name ? Moved(name) : Gone(entry));
                Objects.Exit(target);
                break;
        }
    }

    private void Refuse(ServerCall call, RemoteException error)
    {
        call.Fail(error);
        call.Release();
        Load.AddCalls(-1);
    }
}
