using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>One remote object that lives in the caller's own process.</summary>
/// <param name="id">Its id.</param>
/// <param name="name">Its name; null when it is anonymous.</param>
/// <param name="instance">The object.</param>
/// <param name="typeName">The full name of its class, as the contract gives it.</param>
/// <param name="contract">The contract with its members.</param>
internal sealed class InlineObject(ulong id, string? name, object instance, string typeName, RemoteContract contract)
{
    public ulong Id { get; } = id;

    public string? Name { get; } = name;

    public object Instance { get; } = instance;

    public RemoteContract Contract { get; } = contract;

    public string TypeName { get; } = typeName;

    public async ValueTask DisposeInstanceAsync()
    {
        if (Instance is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else if (Instance is IDisposable disposable)
            disposable.Dispose();
    }
}
