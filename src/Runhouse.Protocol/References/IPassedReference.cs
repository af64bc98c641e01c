namespace Runhouse.Protocol.References;

/// <summary>A reference to a value in a worker, while calls of that worker are given it.</summary>
internal interface IPassedReference
{
    /// <summary>The reference's type in words.</summary>
    string TypeName { get; }

    /// <summary>The worker in which the value is.</summary>
    string WorkerId { get; }

    /// <summary>The id under which the worker finds it.</summary>
    ulong Id { get; }

    /// <summary>A call that has it is sent.</summary>
    /// <exception cref="ObjectDisposedException">It has been disposed.</exception>
    /// <exception cref="RemoteException">Its worker is gone, and the value with it.</exception>
    void BeginCall();

    /// <summary>Such a call has ended.</summary>
    void EndCall();
}
