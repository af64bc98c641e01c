using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Execution;

/// <summary>The protocol's own member that sends the value of a reference to the caller that holds it.</summary>
internal sealed class ValueTransfer : RemoteContract
{
    /// <summary>The member's id.</summary>
    public const ulong MethodId = 3;

    private readonly MemberEntry _inArrays;
    private readonly MemberEntry _inMaps;

    /// <summary>Makes the member.</summary>
    /// <param name="services">The worker's services, of which it uses none.</param>
    public ValueTransfer(RemoteServicesContext services)
    {
        // Callers send no hash with it, so that the member without one answers in arrays, and the other in maps. It writes for as long as
        // the value is large.
        var contract = new LoadedContract(this, services);
        var member = new RemoteMember(MethodId, "RemoteRef", "RemoteRef.FetchAsync()", 0, RemoteMemberKind.Member) { IsBlocking = true };
        (_inArrays, _inMaps) = (new MemberEntry(contract, member), new MemberEntry(contract, member with { SchemaHash = 1 }));
    }

    /// <inheritdoc/>
    public override string AssemblyName => "Runhouse";

    /// <inheritdoc/>
    public override ulong Hash => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<RemoteMember> Members => [_inArrays.Member];

    /// <summary>The member, for the caller that holds a value.</summary>
    /// <param name="value">The value; null when it is gone, which the call is about to find out.</param>
    public MemberEntry For(HeldValue? value) => value is { Form: ObjectForm.Map } ? _inMaps : _inArrays;

    /// <inheritdoc/>
    public override ValueTask DispatchAsync(IncomingCall call)
    {
        ((HeldValue)call.Target!).WriteTo(call);
        return default;
    }
}
