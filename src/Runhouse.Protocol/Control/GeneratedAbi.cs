namespace Runhouse.Protocol.Control;

/// <summary>
/// The ABI of generated code: what is public in <c>Runhouse.Protocol.Generated</c>, what that names, and <c>Runhouse.Abstractions</c>. A worker brings its own build of
/// both, so that code which was compiled against a newer one could call a member that is not there.
/// </summary>
public static class GeneratedAbi
{
    /// <summary>
    /// The number of this build's ABI, which each change raises by one. While one version of the protocol stands, members are only added: a host runs the code of its own number
    /// and of all lower ones. Who removes or changes a member raises the protocol's version (<see cref="ProtocolRange"/>) as well.
    /// </summary>
    public const int Number = 2;
}
