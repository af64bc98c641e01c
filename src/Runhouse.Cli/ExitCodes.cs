namespace Runhouse.Cli;

/// <summary>What the command's exit code says. <c>docs/cli.md</c> has the table.</summary>
internal static class ExitCodes
{
    /// <summary>It did what was asked.</summary>
    public const int Success = 0;

    /// <summary>It failed, for a reason that has no code of its own.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>What was named does not exist.</summary>
    public const int NotFound = 3;

    /// <summary>A machine or a host cannot be reached.</summary>
    public const int Unreachable = 4;

    /// <summary>A login, a token or a host key was refused.</summary>
    public const int Credentials = 5;

    /// <summary>The remote code that was called threw an exception.</summary>
    public const int Threw = 6;

    /// <summary>It was interrupted (Ctrl-C), and does not go on until it is.</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code for hosts that could not tell how they are.</summary>
    /// <param name="unknown">Of each, whether the login, the token or its key was refused.</param>
    public static int OfHosts(IEnumerable<bool> unknown) => unknown.ToArray() switch
    {
        [] => Success,
        var refusals => refusals.All(static one => one) ? Credentials : Unreachable,
    };

    /// <summary>The exit code for an error.</summary>
    /// <param name="error">The error.</param>
    public static int Of(Exception error) => error switch
    {
        // Of whatever type: that it is ours as well says nothing about this command line.
        _ when IsThrownRemotely(error) => Threw,
        CallCancelledException => Failed,
        OperationCanceledException => Interrupted,
        ArgumentException or RunhouseConfigurationException => Usage,
        RemoteNotFoundException or FileNotFoundException or FileTransferException { InnerException: FileNotFoundException } => NotFound,
        HostUnreachableException => Unreachable,
        CredentialsException => Credentials,
        _ => Failed,
    };

    /// <summary>Whether remote code threw it, and not what carries the call there.</summary>
    /// <param name="error">The error.</param>
    public static bool IsThrownRemotely(Exception error)
        => error is not CallCancelledException && RemoteFault.Of(error) is not null && (error is not RemoteException || error.GetType() == typeof(RemoteException));
}
