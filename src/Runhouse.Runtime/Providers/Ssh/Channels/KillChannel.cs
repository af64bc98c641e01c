namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Ends a command and all that it started, from beside it: first kindly, and a second later whatever it does.</summary>
/// <param name="connection">The connection.</param>
/// <param name="processGroup">The command's process group.</param>
internal sealed class KillChannel(SshConnection connection, int processGroup) : SshChannel(connection)
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends it.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">The connection broke.</exception>
    /// <exception cref="CredentialsException">The machine opens no second session.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string script = $"kill -TERM -{processGroup}; n=0; while [ $n -lt 10 ] && kill -0 -{processGroup}; do sleep 0.1 || sleep 1; n=$((n+1)); done; kill -KILL -{processGroup}";
        if (await OpenAsync(new SessionOpening(), cancellationToken).ConfigureAwait(false) is { } refusal)
            throw new CredentialsException(refusal.ToString());
        try
        {
            if (await RequestAsync(new ExecRequest($"exec /bin/sh -c {CommandPrelude.Quote(script)}"), cancellationToken).ConfigureAwait(false))
                await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Close();
        }
    }

    /// <inheritdoc/>
    protected override void OnData(ReadOnlySpan<byte> data) => Take(data.Length, elsewhere: true);

    /// <inheritdoc/>
    protected override void OnEof()
    {
    }

    /// <inheritdoc/>
    protected override void OnEnd(Exception? error) => _closed.TrySetResult();
}
