using System.Diagnostics;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>A call as the worker sees it; pooled, so nothing may keep it beyond <see cref="Release"/>.</summary>
public sealed class ServerCall : IncomingCall
{
    /// <summary>The connection it came over.</summary>
    public ServerConnection Connection => throw new NotImplementedException();

    /// <summary>Its number on the connection.</summary>
    public ulong CallId => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ulong MethodId => throw new NotImplementedException();

    /// <summary>The id of the object it calls; 0 for functions and constructors.</summary>
    public ulong ObjectId => throw new NotImplementedException();

    /// <summary>The hash of the shapes of the member as the caller knows it.</summary>
    public ulong SchemaHash => throw new NotImplementedException();

    /// <summary>How the arguments are laid out.</summary>
    public ObjectForm ArgumentsForm => throw new NotImplementedException();

    /// <summary>Whether what the call writes goes back to its caller.</summary>
    public bool WantsLogs => throw new NotImplementedException();

    /// <summary>The time left when the call arrived; null for no limit.</summary>
    public TimeSpan? Deadline => throw new NotImplementedException();

    /// <summary>The caller's trace context; default when it sent none.</summary>
    public ActivityContext TraceParent => throw new NotImplementedException();

    /// <summary>The name a constructor gives its object; null for an anonymous one. Read behind <see cref="Member"/>.</summary>
    public string? ObjectName => throw new NotImplementedException();

    /// <summary>Whether an object of that name is replaced.</summary>
    public bool ReplaceName => throw new NotImplementedException();

    /// <summary>Whether the caller cancelled the call, its deadline passed or its connection ended: nobody waits for it.</summary>
    public bool IsAbandoned => throw new NotImplementedException();

    /// <summary>The member called, as the worker's contract knows it; set before the dispatch.</summary>
    public RemoteMember? Member { get; set; }

    /// <summary>Where services come from; set before the dispatch.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>The instance that a constructor's dispatch made: register it, then <see cref="CompleteConstruction"/>.</summary>
    public object? ConstructedObject => throw new NotImplementedException();

    /// <inheritdoc/>
    public override object? Target => throw new NotImplementedException();

    /// <inheritdoc/>
    public override CancellationToken CancellationToken => throw new NotImplementedException();

    /// <summary>Sets the object that is called.</summary>
    /// <param name="target">The object.</param>
    public void SetTarget(object? target) => throw new NotImplementedException();

    /// <summary>Ends a constructor's call with the id under which its object can be reached.</summary>
    /// <param name="objectId">The id.</param>
    public void CompleteConstruction(ulong objectId) => throw new NotImplementedException();

    /// <summary>Ends the call with an error. Does nothing when the call has ended.</summary>
    /// <param name="error">The error.</param>
    public void Fail(Exception error) => throw new NotImplementedException();

    /// <summary>Lets go of the call: nothing of the executor touches it any more.</summary>
    public void Release() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override WireReader BeginArguments() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override T GetService<T>(string parameter) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override WireWriter BeginResult() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override void Complete(ref WireWriter result) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override void Complete() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override void CompleteWithObject(object instance) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem) => throw new NotImplementedException();
}
