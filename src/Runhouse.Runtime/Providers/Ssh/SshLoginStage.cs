namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>How far a login came.</summary>
internal enum SshLoginStage
{
    /// <summary>Nobody answered yet who speaks SSH.</summary>
    Connecting,

    /// <summary>Keys are being agreed on.</summary>
    Keys,

    /// <summary>The machine is known, and decides whether it lets this account in.</summary>
    Login,
}
