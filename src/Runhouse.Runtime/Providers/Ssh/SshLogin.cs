using System.Net;
using Renci.SshNet;
using Runhouse.Runtime.Providers.Ssh.Channels;
using Runhouse.Runtime.Providers.Ssh.Credentials;
using Runhouse.Runtime.Providers.Ssh.HostKeys;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>One attempt to connect to one machine and to log in. SSH.NET blocks while it does so: on a thread of the attempt's own.</summary>
/// <param name="host">The machine.</param>
/// <param name="through">The way that leads there from the machine before; null when it is reached directly.</param>
/// <param name="check">Decides whether it is the right machine.</param>
/// <param name="options">How to reach it.</param>
/// <param name="isLast">Whether the machine is the one that the user named: only that one sees the password.</param>
/// <param name="patience">The time for it.</param>
internal sealed class SshLogin(SshHost host, LocalForward? through, HostKeyCheck check, SshSettings options, bool isLast, Patience patience)
{
    // SSH.NET gives up by itself a little later, so that the error is the one that is made here.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private volatile SshLoginStage _stage;
    private volatile CredentialsException? _refusal;
    private LoginCredentials? _credentials;

    /// <summary>The key that the machine showed; null when it came to none.</summary>
    public SshPublicKey? HostKey { get; private set; }

    /// <summary>Connects and logs in.</summary>
    /// <returns>The client, which is the caller's to dispose.</returns>
    /// <exception cref="HostUnreachableException">The machine cannot be reached, or not in time.</exception>
    /// <exception cref="CredentialsException">It is not the right machine, or it refuses the login.</exception>
    public async Task<SshClient> ConnectAsync()
    {
        Task<SshClient> connecting = Task.Factory.StartNew(Connect, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await connecting.WaitAsync(patience.End).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.End.IsCancellationRequested)
        {
            // The thread comes to its end by itself, and what it brings is nobody's any more.
            _ = connecting.ContinueWith(static late => Drop(late), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
            throw SshFailure.TimedOut(host, _stage, patience.Limit);
        }
        catch (Exception e) when (e is not RemoteException)
        {
            throw _refusal ?? SshFailure.Translate(e, host, _stage, through?.Refusal, _credentials);
        }
    }

    private static void Drop(Task<SshClient> late)
    {
        if (late.Exception is null)
            late.Result.Dispose();
    }

    private SshClient Connect()
    {
        _credentials = LoginCredentials.Collect(host, options, isLast, patience);
        IPEndPoint? local = through?.EndPoint;
        var info = new ConnectionInfo(local?.Address.ToString() ?? host.HostName, local?.Port ?? host.Port, host.User, _credentials.Methods()) { Timeout = patience.Left + Grace };
        SshAlgorithms.Choose(info, check.KnownTypes);
        var client = new SshClient(info);
        client.ServerIdentificationReceived += (_, _) => _stage = SshLoginStage.Keys;
        client.HostKeyReceived += (_, shown) =>
        {
            HostKey = SshPublicKey.FromBlob(shown.HostKey);
            _refusal = check.Refuse(HostKey);
            shown.CanTrust = _refusal is null;
            _stage = SshLoginStage.Login;
        };
        try
        {
            client.Connect();

            // From now on it is how long an exchange of new keys may take.
            info.Timeout = options.ConnectTimeout;
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
