using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Execution;

/// <summary>The protocol's own member that lists the remote members of the deployment.</summary>
internal sealed class DescriptionMember : RemoteContract
{
    private readonly Lazy<string> _text;

    /// <summary>Makes the member.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="services">The worker's services, of which it uses none.</param>
    public DescriptionMember(Deployment deployment, RemoteServicesContext services)
    {
        _text = new Lazy<string>(() => ContractDescription.Write(deployment.Members.Values.Select(static entry => entry.Member).OrderBy(static member => member.Signature, StringComparer.Ordinal)));
        RemoteMethod method = ContractDescription.Method;
        Entry = new MemberEntry(new LoadedContract(this, services), new RemoteMember(method.Id, "Runhouse", method.Name + "()", method.SchemaHash, RemoteMemberKind.Function));
    }

    /// <summary>The member.</summary>
    public MemberEntry Entry { get; }

    /// <inheritdoc/>
    public override string AssemblyName => "Runhouse";

    /// <inheritdoc/>
    public override ulong Hash => 0;

    /// <inheritdoc/>
    public override IReadOnlyList<RemoteMember> Members => [Entry.Member];

    /// <inheritdoc/>
    public override ValueTask DispatchAsync(IncomingCall call)
    {
        call.Complete(_text.Value, static (ref WireWriter writer, string text) => writer.WriteString(text));
        return default;
    }
}
