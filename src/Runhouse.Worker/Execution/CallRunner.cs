using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Threads;
using Runhouse.Worker.Control;
using Runhouse.Worker.Hangs;
using Runhouse.Worker.Loading;
using Runhouse.Worker.Logs;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Execution;

/// <summary>Runs the calls of all connections: finds the member and the object, waits for the turn, hands the call to a thread.</summary>
internal sealed partial class CallRunner : ICallHandler
{
    public required Deployment Deployment { get; init; }

    public required WorkerIdentity Identity
    {
        get;
        init
        {
            field = value;
            Ended = new("", value);
        }
    }

    public required ObjectTable Objects { get; init; }

    public required Disposal Disposal { get; init; }

    /// <summary>The objects whose state is kept.</summary>
    public required KeptObjects Kept { get; init; }

    public required NameReservations Names { get; init; }

    public required LoadReports Load { get; init; }

    /// <summary>Sends the values of references.</summary>
    public required ValueTransfer Transfer { get; init; }

    /// <summary>Lists the remote members.</summary>
    public required DescriptionMember Description { get; init; }

    public required ConsoleWriter Output { get; init; }

    public required ConsoleWriter Error { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Writes to the worker's log.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>Looks after calls that nobody waits for; null for nobody.</summary>
    public HangWatch? Hangs { get; init; }

    /// <summary>The threads of synchronous members.</summary>
    public BlockingThreads Blocking { get; } = new("Runhouse call");

    /// <summary>What is left of a call whose id nobody asked for.</summary>
    public CallContext.EndedCall Ended { get; private init; } = null!;

    /// <summary>The calls of a connection on their way to <see cref="Blocking"/>.</summary>
    /// <param name="connection">The connection.</param>
    public FairQueue QueueOf(ServerConnection connection) => connection.Blocking ??= new FairQueue(Blocking.Queue);

    /// <inheritdoc/>
    public void OnCall(ServerCall call)
    {
        Load.AddCalls(1);
        ObjectEntry? target = null;
        RemoteException? error = Find(call, out var entry);
        error ??= FindObject(call, entry!, ref target);
        if (error is not null)
            Refuse(call, error);
        else if (target?.Kept is { } kept)
            Enter(call, entry!, target, kept);
        else
            Begin(call, entry!, target);
    }

    private void Begin(ServerCall call, MemberEntry entry, ObjectEntry? target)
    {
        if (Prepare(call, entry, target) is { } running)
            call.Connection.RunWhenRead(running);
    }

    /// <summary>Makes a call ready to run; null when it waits for others of its object to end.</summary>
    private RunningCall? Prepare(ServerCall call, MemberEntry entry, ObjectEntry? target)
    {
        int limit = entry.Member.Concurrency;
        var gate = limit == 0 ? null : target?.Gate ?? entry.FunctionGate;
        if (call.Execution is not RunningCall running || !running.IsOf(this))
            call.Execution = running = new RunningCall(this, call);
        running.Prepare(entry, target, gate);
        return gate is null || gate.TryEnter(running, limit) ? running : null;
    }

    /// <inheritdoc/>
    public void OnAbandoned(ServerCall call)
    {
        // One that has no member yet has not begun, and finds that nobody waits for it.
        if (Hangs is not null && call is { Member: { } member, Execution: RunningCall running })
            Hangs.Add(running, call.CallName, member.Signature, call.DeadlineAt);
    }

    /// <inheritdoc/>
    public void OnRelease(ServerConnection connection, ulong objectId, bool delete)
    {
        if (delete && Objects.Find(objectId) is { Kept: { } kept } entry)
            Leave(entry, kept, hasMoved: false);
        if (delete)
            Objects.Delete(objectId);
        else
            Objects.Release(objectId);
    }

    /// <inheritdoc/>
    public void OnClosed(ServerConnection connection)
    {
        Objects.SessionClosed(connection.SessionId);
        Load.AddSessions(-1);
    }

    /// <summary>A call has ended: its turn is over, and it goes back to its pool.</summary>
    /// <param name="call">The call.</param>
    /// <param name="target">The object that it called.</param>
    /// <param name="gate">What let it in.</param>
    /// <param name="isCounted">Whether it still counted as a call in flight.</param>
    public void OnEnded(ServerCall call, ObjectEntry? target, ConcurrencyGate? gate, bool isCounted)
    {
        call.Release();
        gate?.Exit();
        target?.Kept?.Exit();
        if (target is not null)
            Objects.Exit(target);
        if (isCounted)
            Load.AddCalls(-1);
    }

    private ContractMismatchException? Find(ServerCall call, out MemberEntry? entry)
    {
        if (call.MethodId == ValueTransfer.MethodId)
        {
            entry = Transfer.For(Objects.Find(call.ObjectId)?.Instance as HeldValue);
            return null;
        }

        if (call.MethodId == Description.Entry.Member.Id)
        {
            entry = Description.Entry;
            return null;
        }

        if (!Deployment.Members.TryGetValue(call.MethodId, out entry))
        {
            return new ContractMismatchException(
                $"The called member (id {call.MethodId:x16}) is not part of deployment {Deployment.Id}: caller and worker were built from "
                + "different versions of the code, and the member was added, removed or changed in its signature between them. "
                + HowToMeet(call.ObjectId));
        }

        if (call.ArgumentsForm == ObjectForm.Array && call.SchemaHash != entry.Member.SchemaHash)
        {
            return new ContractMismatchException(
                $"The types in the signature of {entry.Member.Signature} differ between the caller and deployment {Deployment.Id}. "
                + HowToMeet(call.ObjectId));
        }

        return null;
    }

    // A named object outlives the build it was created by, and a redeployment does not touch it.
    private string HowToMeet(ulong objectId) => Objects.NameOf(objectId) is { } name
        ? $"The call was made on '{name}', which lives on in the build that created it. Delete it with DeleteAsync() and create it anew, or create it with NameConflict.Replace."
        : "Redeploy, so that both have the same build.";

    private RemoteException? FindObject(ServerCall call, MemberEntry entry, ref ObjectEntry? target)
    {
        if (entry.Member.Kind != RemoteMemberKind.Member)
            return null;
        if (Objects.TryEnter(call.ObjectId, out target))
            return null;
        target = null;
        return Objects.MovedNameOf(call.ObjectId) is { } name ? Moved(name) : Gone(entry);
    }

    private static RemoteNotFoundException Gone(MemberEntry entry) => new(
        $"{Done(entry.Member)} on a remote object that is gone: its proxy was disposed, it was deleted or replaced, or the connection of its caller "
        + "was lost for longer than the grace period (Runhouse:Limits:SessionGraceSeconds). Make a new one, or give it a name to keep it.");

    // What stands for a property, or brings the whole object, is not called by the name that it has in the contract: "get Bank.Account.Balance()".
    private static string Done(RemoteMember member)
    {
        int verb = member.Signature.IndexOf(' ', StringComparison.Ordinal);
        string name = member.Signature[(verb + 1)..].Replace("()", "", StringComparison.Ordinal);
        return member.Signature.AsSpan(0, Math.Max(verb, 0)) switch
        {
            "get" => $"'{name}' was read",
            "set" => $"'{name[..name.IndexOf('(', StringComparison.Ordinal)]}' was set",
            "fetch" => $"'{member.TypeName}' was fetched whole",
            _ => $"'{member.Signature}' was called",
        };
    }
}
